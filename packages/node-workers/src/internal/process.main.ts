/**
 * What a worker process runs first: it meets its host, starts the watchdog, and then runs the worker's file.
 *
 * The watchdog is there before any code of the user's, so that a worker that hangs at import dies with its host too.
 *
 * @since 0.1.0
 */
import { pathToFileURL } from "node:url"
import * as Defect from "@heddle/core/protocol/Defect"
import { type Hello, inbound, leaveBoot, lifeline, outbound } from "./processBoot.ts"
import { confine } from "./confined.ts"
import { readExactly, writeAll } from "./descriptors.ts"
import { decode, encode, headerLength, Kind, nonceLength, readHeader } from "./records.ts"
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
const { drops, maxFrameBytes, notices } = leaveBoot(nonce, hello)

// Heard before the process ends of it, and only then: code of the user's may catch what nobody else does.
process.on("uncaughtExceptionMonitor", (error) => {
  if (process.listenerCount("uncaughtException") > 0 || process.hasUncaughtExceptionCaptureCallback()) return
  writeAll(outbound, encode(nonce, Kind.lastWords, Defect.encode(error), maxFrameBytes))
})

watch(lifeline, notices)
printThroughProcess()
confine(drops)

// The worker's file sees itself as the program, without arguments.
const [entry] = process.argv.splice(2)
process.argv[1] = entry!
await import(pathToFileURL(entry!).href)
