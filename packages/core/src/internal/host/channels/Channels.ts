/**
 * The channels of a pool, by number, and the ends that its tasks carry.
 *
 * Receives channels from `Channel.make` and `Pipe.make`, and the moments at which values cross from `submission.ts` and
 * `TaskLifecycle`. A task owns the ends inside its payload from its submission to its end, also before it has opened them: when it is
 * lost before, its ends are lost (G15).
 *
 * @since 0.2.0
 */
import type { ChannelSettings, MadeChannel } from "../../model/channel.ts"
import type { TaskId } from "../../model/ids.ts"
import type { Movable } from "../../model/movable.ts"
import type { Outcome } from "../../model/outcome.ts"
import type { ServicePorts } from "../../model/service.ts"
import {
  type Encoded,
  type Ends,
  type Ports,
  type ReceivePort,
  type SendPort,
  type Side,
  withPorts
} from "../../model/ports.ts"
import * as Capture from "../../../protocol/values/Capture.ts"
import { Answers } from "./Answers.ts"
import { Broker } from "./Broker.ts"
import { closedPort, HostReceivePort, HostSendPort } from "./hostPorts.ts"

export interface ChannelsOptions {
  readonly platform: Capture.Platform
  /** Calls code of users on the stack of the engine. */
  readonly guard: (answer: () => void) => void
  /** Tells of each settled task until the returned function is called. */
  readonly onSettled: (listener: (task: TaskId, outcome: Outcome) => void) => () => void
  readonly services: ServicePorts
}

/** An end inside a value that was encoded. */
interface Departure {
  readonly channel: number
  readonly side: Side
}

export class Channels implements Ports {
  readonly pool: object = this
  private readonly options: ChannelsOptions
  readonly answers: Answers
  private readonly brokers = new Map<number, Broker>()
  private next = 1
  /** The ends that unsettled tasks carry and have not opened. */
  private readonly carried = new Map<TaskId, ReadonlyArray<Departure>>()
  /** Invariant: defined exactly while some task carries ends, so that others settle at no cost. */
  private unlisten: (() => void) | undefined

  constructor(options: ChannelsOptions) {
    this.options = options
    this.answers = new Answers(options.guard)
  }

  make(settings: ChannelSettings): MadeChannel {
    return this.made(this.open(settings))
  }

  /** Makes two channels, back to back. */
  makePair(settings: ChannelSettings): readonly [MadeChannel, MadeChannel] {
    const [one, other] = [this.open(settings), this.open(settings)]
    one.pairWith(other)
    return [this.made(one), this.made(other)]
  }

  private open(settings: ChannelSettings): Broker {
    const broker = new Broker(this.next++, settings, this.answers)
    this.brokers.set(broker.id, broker)
    return broker
  }

  private made(broker: Broker): MadeChannel {
    return {
      sender: new HostSendPort(this, broker),
      receiver: new HostReceivePort(this, broker),
      join: (answer) => broker.join(answer),
      snapshot: () => broker.snapshot(),
      close: () => {
        this.brokers.delete(broker.id)
        broker.close()
      }
    }
  }

  find(channel: number): Broker | undefined {
    return this.brokers.get(channel)
  }

  /** Closes every channel: the pool is closed. */
  close(): void {
    this.answers.after(() => {
      for (const broker of this.brokers.values()) broker.close()
      this.brokers.clear()
    })
  }

  // --------------------------------------------------------------------------
  // ports
  // --------------------------------------------------------------------------

  capture(value: unknown): unknown {
    return Capture.capture(value, this.options.platform)
  }

  move(elements: Array<unknown>, transfer: ReadonlyArray<Movable>): Encoded {
    const { value } = Capture.move(elements, transfer, this.options.platform)
    // The host keeps what it hands out until it is taken, so nothing moves when it is posted.
    return { elements: value as Array<unknown>, transfer: undefined }
  }

  openSender(token: SendPort["token"]): SendPort {
    const broker = this.brokers.get(token.channel)
    return broker === undefined ? closedPort(this, token) : new HostSendPort(this, broker)
  }

  openReceiver(token: ReceivePort["token"]): ReceivePort {
    const broker = this.brokers.get(token.channel)
    return broker === undefined ? closedPort(this, token) : new HostReceivePort(this, broker)
  }

  depart(ends: Ends): void {
    for (const port of ends) if (port instanceof HostSendPort || port instanceof HostReceivePort) port.move()
  }

  get services(): ServicePorts {
    return this.options.services
  }

  // --------------------------------------------------------------------------
  // values that cross
  // --------------------------------------------------------------------------

  /** Decodes a value from a worker. */
  arriving<A>(decode: () => A): A {
    return withPorts(this, decode)
  }

  /** Ends of the host leave inside the payload of a task. */
  carry(task: TaskId, ends: Ends): void {
    this.depart(ends)
    this.carries(
      task,
      ends.map(({ token }) => token)
    )
  }

  /** The payload of a task has these ends inside. */
  carries(task: TaskId, ends: ReadonlyArray<Departure>): void {
    if (ends.length === 0) return
    this.carried.set(task, ends)
    this.unlisten ??= this.options.onSettled((settled, outcome) => this.settled(settled, outcome))
  }

  /** These ends were inside of a value that nobody will decode. */
  strand(ends: ReadonlyArray<Departure>, isLost: boolean): void {
    this.answers.after(() => {
      for (const { channel, side } of ends) this.brokers.get(channel)?.forsake(side, isLost)
    })
  }

  /** The task has opened an end. */
  opened(task: TaskId, channel: number, side: Side): void {
    const ends = this.carried.get(task)
    if (ends !== undefined) {
      this.carried.set(
        task,
        ends.filter((end) => end.channel !== channel || end.side !== side)
      )
    }
  }

  /** The task has ended; what it has not opened is over. */
  private settled(task: TaskId, outcome: Outcome): void {
    const ends = this.carried.get(task)
    if (ends === undefined) return
    this.carried.delete(task)
    if (this.carried.size === 0) {
      this.unlisten?.()
      this.unlisten = undefined
    }
    this.strand(ends, outcome === "lost")
  }
}
