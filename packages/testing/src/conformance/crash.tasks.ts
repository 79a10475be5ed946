/**
 * Tasks of the group CRASH: one that goes wrong at any of the places it passes through.
 *
 * @since 0.1.0
 */
import * as Task from "@heddle/core/Task"
import type { TaskHandlers } from "@heddle/core/TaskRunner"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import * as SchemaIssue from "effect/SchemaIssue"
import { Saboteur } from "./Saboteur.ts"

/**
 * What goes wrong, and where. `nowhere` is the control.
 *
 * - `encodePayload` and `decodeSuccess` happen on the host, `decodePayload`, `body` and `encodeSuccess` in the worker.
 * - `fails`: a typed failure, of the schema or of the task. `throws`: a defect. `exits`: the worker exits with code 9.
 *   `crashes`: an uncaught exception while the body runs.
 *
 * @category models
 * @since 0.1.0
 */
export interface Plan {
  readonly at: "encodePayload" | "decodePayload" | "body" | "encodeSuccess" | "decodeSuccess" | "nowhere"
  readonly how: "fails" | "throws" | "exits" | "crashes"
}
