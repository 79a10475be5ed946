/** The users, as a database would keep them. */
import { randomBytes } from "node:crypto"
import { scrypt } from "./scrypt.ts"

export interface User {
  readonly salt: string
  readonly hash: string
}

export type Users = ReadonlyMap<string, User>

export const makeUser = (password: string): User => {
  const salt = randomBytes(16).toString("base64")
  return { salt, hash: scrypt({ password, salt }) }
}

/** Hashed against where there is no such user, so that the time of an answer does not tell whether there is. */
export const nobody: User = { salt: "AAAAAAAAAAAAAAAAAAAAAA==", hash: "" }
