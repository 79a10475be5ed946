/** What each worker serves. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodeRunner from "@heddle/node-workers/NodeRunner"
import * as Layer from "effect/Layer"
import { crunch } from "./crunch.ts"
import { Crunch } from "./tasks.ts"

NodeRunner.runMain(Crunch.toLayer(crunch).pipe(Layer.provide(NodeFileSystem.layer)))
