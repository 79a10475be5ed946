// What the types of ends refuse.
import * as Channel from "@heddle/core/Channel"
import * as Pipe from "@heddle/core/Pipe"
import * as Task from "@heddle/core/Task"
import * as Schema from "effect/Schema"

const Produce = Task.make("Produce", { payload: { out: Channel.Sender(Schema.Number) } })
const Consume = Task.make("Consume", { payload: { from: Channel.Receiver(Schema.Number) } })
const Talk = Task.make("Talk", { payload: { end: Pipe.End(Schema.Number, Schema.String) } })

declare const sender: Channel.Sender<number>
declare const texts: Channel.Sender<string>
declare const receiver: Channel.Receiver<number>
declare const end: Pipe.End<number, string>

void Produce({ out: sender })
void Consume({ from: receiver })
void Talk({ end })

// @ts-expect-error -- a number is no end
void Produce({ out: 3 })
// @ts-expect-error -- an end for other elements
void Produce({ out: texts })
// @ts-expect-error -- an end of the other side
void Produce({ out: receiver })
// @ts-expect-error -- an end of the other side
void Consume({ from: sender })
// @ts-expect-error -- a sender is no end of a pipe
void Talk({ end: sender })
