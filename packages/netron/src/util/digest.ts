/**
 * Returns 53 bits of a text in base 36: enough to tell apart versions of one thing and users of one page. Neither for secrets nor against
 * an attacker who searches for two texts with the same digest.
 */
export function digest(text: string): string {
  let a = 0xdead_beef;
  let b = 0x41c6_ce57;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    a = Math.imul(a ^ unit, 0x9e37_79b1);
    b = Math.imul(b ^ unit, 0x5f35_6495);
  }
  return finish(a, b);
}

/** Does the same for bytes. */
export function digestBytes(bytes: Uint8Array): string {
  let a = 0xdead_beef;
  let b = 0x41c6_ce57;
  for (let index = 0; index < bytes.length; index++) {
    const unit = bytes[index]!;
    a = Math.imul(a ^ unit, 0x9e37_79b1);
    b = Math.imul(b ^ unit, 0x5f35_6495);
  }
  return finish(a, b);
}

function finish(a: number, b: number): string {
  const high = Math.imul(a ^ (a >>> 16), 0x85eb_ca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2_ae35);
  const low = Math.imul(b ^ (b >>> 16), 0x85eb_ca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2_ae35);
  return (4_294_967_296 * (0x1f_ffff & low) + (high >>> 0)).toString(36);
}
