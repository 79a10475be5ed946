// The variables of this process that every worker gets.
import { inherited } from "../../src/internal/environment.ts"

export const inheritedHere = (): Record<string, string> =>
  Object.fromEntries(
    inherited.flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    })
  )
