// The recording that the package carries, so that what the page plays is what anybody can verify.
import blocksAddress from 'hotshot-light-client/recording/blocks.jsonl?url';
import networkAddress from 'hotshot-light-client/recording/network.json?url';

/** A recorded stretch of a devnet. */
export interface Recording {
  /** The network file of the recorded chain. */
  readonly network: string;
  /** A `blocks.jsonl`: a block a line. */
  readonly blocks: string;
}

async function text(address: string): Promise<string> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  return response.text();
}

/** Fetches the recording, which lies beside the page like its pictures do. */
export async function loadRecording(): Promise<Recording> {
  const [network, blocks] = await Promise.all([text(networkAddress), text(blocksAddress)]);
  return { network, blocks };
}
