/**
 * The first file of a worker process: reads the hello, starts the watchdog, then runs the worker's file.
 *
 * Wires only; each part has a module of its own. The watchdog starts before any user code, so that a worker that hangs at
 * import dies with its host too.
 *
 * @since 0.1.0
 */
import { pathToFileURL } from "node:url"
import * as Defect from "@heddle/core/protocol/values/Defect"
import { storeAncestorPipes } from "./ancestorPipes.ts"
import {
  firstAncestorPipe,
  type Hello,
  inbound,
  publishProcessBoot,
  watchdogPipe,
  outbound
} from "./processBoot.ts"
import { confine } from "./confined.ts"
import { readExactly, writeAll } from "./descriptors.ts"
import { decode, encode, headerLength, Kind, nonceLength, readHeader } from "./records.ts"
import { setNesting } from "./nesting.ts"
import { writeThroughInProcess } from "./writeThrough.ts"
import { startWatchdog } from "./watchdog.ts"

/** Most bytes of a hello, which is small. */
const maxHelloBytes = 64 * 1024

const header = readExactly(inbound, headerLength)
// The host is gone, or this process was not started by a host.
if (header === undefined) process.exit(1)
const { length } = readHeader(header, undefined, maxHelloBytes)
const hello = decode(readExactly(inbound, length) ?? process.exit(1)) as Hello
const nonce = header.subarray(0, nonceLength)
const { drops, ancestorPipes, maxFrameBytes, notices, start } = publishProcessBoot(nonce, hello)
setNesting(start)
const ends = Array.from({ length: ancestorPipes }, (_, index) => firstAncestorPipe + index)
storeAncestorPipes(ends)

// Send the error only if the error ends this process: user code may install a handler of its own.
process.on("uncaughtExceptionMonitor", (error) => {
  if (process.listenerCount("uncaughtException") > 0 || process.hasUncaughtExceptionCaptureCallback()) return
  writeAll(outbound, encode(nonce, Kind.uncaught, Defect.encode(error), maxFrameBytes))
})

writeAll(outbound, encode(nonce, Kind.begun, null, maxFrameBytes))

// No thread starts in a removed directory, and the watchdog is a thread. Fail here, at the start, rather than lose a worker
// that has begun to serve.
process.cwd()
startWatchdog(watchdogPipe, ends, notices)
writeThroughInProcess()
confine(drops)

// `process.argv` of the worker's file names that file as the program, without arguments.
const [entry] = process.argv.splice(2)
process.argv[1] = entry!
await import(pathToFileURL(entry!).href)
