/** What each worker serves. The highlighter is built once per worker, and disposed of with it. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodeRunner from "@heddle/node-workers/NodeRunner"
import * as Layer from "effect/Layer"
import { Highlighter } from "./highlight.ts"
import { renderPage } from "./page.ts"
import { RenderPage } from "./tasks.ts"

NodeRunner.runMain(
  RenderPage.toLayer(renderPage).pipe(Layer.provide([Highlighter.layer, NodeFileSystem.layer]))
)
