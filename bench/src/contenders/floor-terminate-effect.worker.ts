// A bare thread that imports what a handler needs, then answers as `floor-port.worker.ts` does.
await Promise.all([import("effect/Effect"), import("effect/Layer"), import("effect/Schema")])
await import("./floor-port.worker.ts")
