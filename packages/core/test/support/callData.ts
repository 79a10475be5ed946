import type { CallData } from "../../src/protocol/messages/Call.ts"

/** What a worker sends with the call of a child, with these parts. */
export const callData = (parts: Partial<CallData> = {}): CallData => ({
  name: "Child",
  module: undefined,
  idempotent: false,
  items: undefined,
  priority: 0,
  grace: undefined,
  runLimit: Infinity,
  queueLimit: Infinity,
  deadline: Infinity,
  onInterrupt: "wait",
  transfer: undefined,
  extra: undefined,
  forked: false,
  interruptible: true,
  credit: undefined,
  watched: false,
  ...parts
})
