/**
 * The ends of channels that the host itself uses: straight calls of the broker.
 *
 * @since 0.2.0
 */
import type {
  Encoded,
  EndToken,
  Over,
  Ports,
  ReceivePort,
  SendPort,
  Sent,
  Took,
  Withdraw
} from "../../model/ports.ts"
import type { Broker } from "./Broker.ts"
import type { Opening } from "./Opening.ts"

abstract class HostPort {
  readonly ports: Ports
  readonly token: EndToken
  protected readonly broker: Broker
  private opened: Opening | undefined

  constructor(ports: Ports, broker: Broker, side: EndToken["side"]) {
    this.ports = ports
    this.broker = broker
    const { acknowledge, isExclusive } = broker.settings
    this.token = { channel: broker.id, side, acknowledge, isExclusive }
    // The maker of a pipe owns both ends until they are used or moved. Other ends count only once they are used.
    if (isExclusive) this.opened = broker.attach(side, undefined)
  }

  get name(): string | undefined {
    return this.broker.settings.name
  }

  protected get opening(): Opening {
    return (this.opened ??= this.broker.attach(this.token.side, undefined))
  }

  get hasMoved(): boolean {
    return this.opened?.isAway === true
  }

  whenOver(listener: (over: Over) => void): void {
    this.broker.watch(this.opening, listener)
  }

  /** The end leaves the host. */
  move(): void {
    if (this.opened !== undefined) this.broker.move(this.opened)
  }
}

export class HostSendPort extends HostPort implements SendPort {
  constructor(ports: Ports, broker: Broker) {
    super(ports, broker, "send")
  }

  send({ elements }: Encoded, isTry: boolean, answer: (sent: Sent) => void): Withdraw | undefined {
    return this.broker.offer(this.opening, elements, isTry, answer)
  }

  end(error: { readonly error: unknown } | undefined): void {
    this.broker.end(this.opening, error)
  }
}

export class HostReceivePort extends HostPort implements ReceivePort {
  constructor(ports: Ports, broker: Broker) {
    super(ports, broker, "receive")
  }

  take(most: number, answer: (took: Took) => void): Withdraw {
    return this.broker.take(this.opening, 0, most, false, answer)
  }

  /** Nothing is far away from the host. */
  readAhead(): () => void {
    return () => {}
  }

  done(id: number): void {
    this.broker.done(this.opening, id)
  }
}

/** The end of a channel that is no more. */
export const closedPort = (ports: Ports, token: EndToken): SendPort & ReceivePort => {
  const closed = { _tag: "Closed", by: "scope" } as const
  return {
    ports,
    token,
    name: undefined,
    hasMoved: false,
    whenOver: (listener) => listener(closed),
    send: (_elements, _isTry, answer) => {
      answer(closed)
      return undefined
    },
    end: () => {},
    take: (_most, answer) => {
      answer(closed)
      return undefined
    },
    readAhead: () => () => {},
    done: () => {}
  }
}
