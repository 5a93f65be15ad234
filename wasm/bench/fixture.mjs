// The inputs, as rivals want them: coordinates as integers, signers as indices.

const fromBase64 = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));

/** The value of a tagged base64 string, without its checksum. */
const untag = (text) => fromBase64(text.slice(text.indexOf('~') + 1)).subarray(0, -1);

const fromHex = (text) => Uint8Array.from(text.slice(2).match(/../g), (digits) => Number.parseInt(digits, 16));

export const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Little-endian coordinates of 32 bytes each; the flags in the last byte are dropped. */
function coordinates(bytes) {
  const copy = Uint8Array.from(bytes);
  copy[copy.length - 1] &= 0x3f;
  const integers = [];
  for (let offset = 0; offset < copy.length; offset += 32) {
    integers.push(BigInt(`0x${toHex(copy.slice(offset, offset + 32).reverse())}`));
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
