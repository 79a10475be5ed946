/**
 * What a worker process runs first: it meets its host, starts the watchdog, and then runs the worker's file.
 *
 * The watchdog is there before any code of the user's, so that a worker that hangs at import dies with its host too.
 *
 * @since 0.1.0
 */
import { pathToFileURL } from "node:url"
import * as Defect from "@heddle/core/protocol/values/Defect"
import { keepEndLines } from "./endLines.ts"
import { firstEndLine, type Hello, inbound, leaveBoot, lifeline, outbound } from "./processBoot.ts"
import { confine } from "./confined.ts"
import { readExactly, writeAll } from "./descriptors.ts"
import { decode, encode, headerLength, Kind, nonceLength, readHeader } from "./records.ts"
import { enter } from "./surroundings.ts"
import { printThroughProcess } from "./printing.ts"
import { watch } from "./watchdog.ts"

/** The hello is small. */
const maxHelloBytes = 64 * 1024

const header = readExactly(inbound, headerLength)
// The host has gone already, or there never was one.
if (header === undefined) process.exit(1)
const { length } = readHeader(header, undefined, maxHelloBytes)
const hello = decode(readExactly(inbound, length) ?? process.exit(1)) as Hello
const nonce = header.subarray(0, nonceLength)
const { drops, endLines, maxFrameBytes, notices, start } = leaveBoot(nonce, hello)
enter(start)
const ends = Array.from({ length: endLines }, (_, index) => firstEndLine + index)
keepEndLines(ends)

// Heard before the process ends of it, and only then: code of the user's may catch what nobody else does.
process.on("uncaughtExceptionMonitor", (error) => {
  if (process.listenerCount("uncaughtException") > 0 || process.hasUncaughtExceptionCaptureCallback()) return
  writeAll(outbound, encode(nonce, Kind.lastWords, Defect.encode(error), maxFrameBytes))
})

writeAll(outbound, encode(nonce, Kind.begun, null, maxFrameBytes))

// The watchdog is a thread, and none starts in a directory that was removed: better said here than by a worker that is lost
// when it has begun to serve.
process.cwd()
watch(lifeline, ends, notices)
printThroughProcess()
confine(drops)

// The worker's file sees itself as the program, without arguments.
const [entry] = process.argv.splice(2)
process.argv[1] = entry!
await import(pathToFileURL(entry!).href)
