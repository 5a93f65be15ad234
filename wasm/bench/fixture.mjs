// The inputs, as rivals want them: coordinates as integers, signers as indices.

/** The value of a tagged base64 string, without its checksum. */
const untag = (text) => Buffer.from(text.slice(text.indexOf('~') + 1), 'base64url').subarray(0, -1);

const fromHex = (text) => Buffer.from(text.slice(2), 'hex');

/** Little-endian coordinates of 32 bytes each; the flags in the last byte are dropped. */
function coordinates(bytes) {
  const copy = Buffer.from(bytes);
  copy[copy.length - 1] &= 0x3f;
  const integers = [];
  for (let offset = 0; offset < copy.length; offset += 32) {
    integers.push(BigInt(`0x${Buffer.from(copy.subarray(offset, offset + 32)).reverse().toString('hex')}`));
  }
  return integers;
}

export function readFixture(json) {
  return {
    keys: json.validators.map(({ stake_key }) => coordinates(untag(stake_key))),
    certificates: json.certificates.map(({ signature, hashed, words }) => ({
      signature: coordinates(untag(signature)),
      // The rivals have no hash to the curve in this form: they get its result for nothing.
      hashed: coordinates(fromHex(hashed)),
      signers: json.validators.map((_, index) => index).filter((index) => (BigInt(words[index >> 6]) >> BigInt(index & 63)) & 1n),
    })),
  };
}
