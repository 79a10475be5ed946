/**
 * The schemas of a connection, compiled once for both directions.
 *
 * An element crosses in its wire form, as a payload does (G10): what structured clone carries crosses unchanged, and what it would lose is
 * encoded. The sender encodes, and so checks; the receiver decodes, and so checks again: the other program is not trusted to
 * have the same schema.
 *
 * @since 0.2.0
 */
import { types } from "node:util"
import { Misfit } from "@heddle/core/ChannelError"
import { InvalidOption } from "@heddle/core/InvalidOption"
import { symbolField, wireForm } from "@heddle/core/protocol/values/WireForm"
import type { PlainSchema } from "@heddle/core/Task"
import type { Exit } from "effect/Exit"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"

export interface Codec {
  /** Throws {@link Misfit}. */
  readonly encode: (element: unknown) => unknown
  /** Throws {@link Misfit}. */
  readonly decode: (wire: unknown) => unknown
}

/** Throws {@link InvalidOption} for a schema without a wire form. */
export const compile = (sends: PlainSchema, receives: PlainSchema): Codec => ({
  encode: converting(SchemaParser.encodeUnknownExit(wireOf("frame.send", sends)), "sender"),
  decode: converting(SchemaParser.decodeUnknownExit(wireOf("frame.receive", receives)), "receiver")
})

const wireOf = (option: string, schema: PlainSchema): PlainSchema => {
  const found = symbolField(schema.ast)
  if (found !== undefined) throw new InvalidOption(option, found)
  const form = wireForm(schema.ast)
  return form === schema.ast ? schema : Schema.make<PlainSchema>(form)
}

const converting =
  (run: (value: unknown) => Exit<unknown, SchemaIssue.Issue>, side: "sender" | "receiver") =>
  (value: unknown): unknown => {
    let exit: Exit<unknown, SchemaIssue.Issue>
    try {
      exit = run(value)
    } catch (thrown) {
      throw new Misfit({ side, path: "$", detail: `reading it throws ${textOf(thrown)}` })
    }
    if (exit._tag === "Success") return exit.value
    throw misfit(exit, side)
  }

const formatIssue = SchemaIssue.makeFormatterStandardSchemaV1()

const misfit = (
  exit: Exit<unknown, SchemaIssue.Issue> & { readonly _tag: "Failure" },
  side: Misfit["side"]
): Misfit => {
  for (const reason of exit.cause.reasons) {
    if (reason._tag === "Die") {
      return new Misfit({ side, path: "$", detail: `its schema failed: ${textOf(reason.defect)}` })
    }
    if (reason._tag !== "Fail" || !SchemaIssue.isIssue(reason.error)) continue
    try {
      const first = formatIssue(reason.error).issues[0]
      return new Misfit({
        side,
        path: pathOf(first?.path ?? []),
        detail: first?.message ?? "it does not fit"
      })
    } catch (thrown) {
      // Formatting an issue shows the value at fault, and showing may throw.
      return new Misfit({ side, path: "$", detail: `reading it throws ${textOf(thrown)}` })
    }
  }
  return new Misfit({ side, path: "$", detail: "its schema is asynchronous" })
}

const pathOf = (path: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }>): string =>
  path.reduce<string>((text, segment) => {
    const key = typeof segment === "object" ? segment.key : segment
    return typeof key === "number" ? `${text}[${key}]` : `${text}.${String(key)}`
  }, "$")

/** The text of anything thrown, also of a value that throws when it is looked at. */
const textOf = (thrown: unknown): string => {
  try {
    return types.isNativeError(thrown) ? thrown.message : String(thrown)
  } catch {
    return "a value that cannot be printed"
  }
}
