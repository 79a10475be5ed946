// Test workers start by the hundred, from sources whose types are stripped. What Node makes of these is kept from run to run.
import { fileURLToPath } from "node:url"

/** For `env`, which inherits no such variable: a worker starts in about half of the time. */
export const compiled = {
  NODE_COMPILE_CACHE: fileURLToPath(
    new URL("../../../../node_modules/.cache/heddle/compiled", import.meta.url)
  )
}
