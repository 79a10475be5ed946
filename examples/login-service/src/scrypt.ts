/** The work: some 50 ms of computing, in native code, on whatever thread calls it. */
import { scryptSync } from "node:crypto"

export const scrypt = ({ password, salt }: { readonly password: string; readonly salt: string }): string =>
  scryptSync(password, salt, 32, { N: 2 ** 14, r: 8, p: 1 }).toString("base64")
