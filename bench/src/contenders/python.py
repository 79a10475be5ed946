"""Python's pools, queues and pipes: python.py KIND WORKLOAD SIZE WARM_UP_MS MEASURE_MS SMOKE RECORDS.

Prints lines of JSON: {"begin": [pid, ...]} when it starts to measure, then the figures. Ends when standard input does.
"""

import array
import json
import multiprocessing
import random
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor


def add(n):
    return n + 1


def first_byte_up(payload):
    answer = bytearray(payload)
    answer[0] = (answer[0] + 1) % 256
    return bytes(answer)


def article_up(article):
    return {**article, "id": article["id"] + 1}


def spin(iterations):
    state = 1
    for _ in range(iterations):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
    return state


class WithPool:
    def __init__(self, size):
        self.size = size
        self.pool = multiprocessing.Pool(size)

    def call(self, f, payload):
        return self.pool.apply(f, (payload,))

    def submit(self, f, payload, done):
        self.pool.apply_async(f, (payload,), callback=done, error_callback=fail)

    def map(self, f, inputs):
        return self.pool.map(f, inputs)

    def close(self):
        self.pool.terminate()
        self.pool.join()


class WithExecutor:
    def __init__(self, size):
        self.size = size
        self.executor = ProcessPoolExecutor(size)

    def call(self, f, payload):
        return self.executor.submit(f, payload).result()

    def submit(self, f, payload, done):
        self.executor.submit(f, payload).add_done_callback(lambda future: done(future.result()))

    def map(self, f, inputs):
        chunk = max(1, -(-len(inputs) // (4 * self.size)))
        return list(self.executor.map(f, inputs, chunksize=chunk))

    def close(self):
        self.executor.shutdown(cancel_futures=True)


def fail(error):
    print(json.dumps({"error": repr(error)}), flush=True)


def say(message):
    print(json.dumps(message), flush=True)


def check(expected, answer):
    if answer != expected:
        raise ValueError(f"a wrong answer: {answer!r:.80} is not {expected!r:.80}")


def quantile(values, q):
    ordered = sorted(values)
    at = (len(ordered) - 1) * q
    low = ordered[int(at)]
    high = ordered[min(int(at) + 1, len(ordered) - 1)]
    return low + (high - low) * (at - int(at))


class Meter:
    """Warms up until three windows of 100 ms agree, then counts for a fixed time."""

    def __init__(self, warm_up, measure):
        self.count = 0
        self.stop = False
        self.steady = False
        self.value = None
        self.warm_up = warm_up
        self.measure = measure

    def rate(self, seconds, answers=0):
        start, before = time.perf_counter(), self.count
        time.sleep(seconds)
        while self.count - before < answers:
            time.sleep(0.001)
        return (self.count - before) / (time.perf_counter() - start)

    def run(self, samples=None):
        while self.count == 0:
            time.sleep(0.005)
        until = time.perf_counter() + self.warm_up
        rates = []
        while time.perf_counter() < until:
            rates.append(self.rate(min(0.1, self.warm_up / 3)))
            last = rates[-3:]
            if len(last) == 3 and min(last) > 0.9 * max(last):
                self.steady = True
                break
        begin()
        if samples is not None:
            samples.clear()
        self.value = self.rate(self.measure, 4)
        self.stop = True


def begin():
    say({"begin": [child.pid for child in multiprocessing.active_children()]})


def metered(meter, body, samples=None):
    watcher = threading.Thread(target=meter.run, args=(samples,))
    watcher.start()
    body()
    watcher.join()


def sequential(pool, meter):
    samples = []

    def body():
        n = 0
        while not meter.stop:
            start = time.perf_counter()
            answer = pool.call(add, n)
            samples.append((time.perf_counter() - start) * 1e6)
            check(n + 1, answer)
            meter.count += 1
            n = (n + 1) % 65536

    metered(meter, body, samples)
    return {
        "tiny-1": {"value": meter.value},
        "tiny-1-asleep": {"value": meter.value},
        "latency-asleep": {"value": quantile(samples, 0.5), "p99": quantile(samples, 0.99)},
        "latency": {"value": quantile(samples, 0.5), "p99": quantile(samples, 0.99)},
    }


def windowed(pool, meter, in_flight, f, payload_of, expected_of):
    """Keeps that many calls under way, submitted by this thread."""
    room = threading.Semaphore(in_flight)

    def body():
        n = 0
        while not meter.stop:
            payload = payload_of(n)
            expected = expected_of(payload)

            def done(answer, expected=expected):
                check(expected, answer)
                meter.count += 1
                room.release()

            room.acquire()
            pool.submit(f, payload, done)
            n = (n + 1) % 65536
        for _ in range(in_flight):
            room.acquire()

    metered(meter, body)
    return meter.value


def burst(pool, meter, items):
    def body():
        while not meter.stop:
            left = threading.Semaphore(0)

            def done_of(n):
                def done(answer):
                    check(n + 1, answer)
                    meter.count += 1
                    left.release()

                return done

            for n in range(items):
                pool.submit(add, n, done_of(n))
            for _ in range(items):
                left.acquire()

    metered(meter, body)
    return meter.value


def mapped(pool, warm_up, measure, inputs):
    def one():
        answers = pool.map(add, inputs)
        check(len(inputs), len(answers))
        for at in (0, len(inputs) // 2, len(inputs) - 1):
            check(inputs[at] + 1, answers[at])

    until = time.perf_counter() + warm_up
    one()
    while time.perf_counter() < until:
        one()
    begin()
    count, start = 0, time.perf_counter()
    while True:
        one()
        count += len(inputs)
        took = time.perf_counter() - start
        if took >= measure:
            return count / took


def iterations_for(seconds):
    count = 1000
    while True:
        start = time.perf_counter()
        spin(count)
        took = time.perf_counter() - start
        if took >= 0.005:
            return max(1, int(count * seconds / took))
        count *= 2


def alone(iterations, seconds):
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        spin(iterations)
        count += 1
    return count / (time.perf_counter() - start)


def speed_up(pool, meter):
    iterations = iterations_for(0.01)
    expected = spin(iterations)
    before = alone(iterations, meter.measure / 2)
    rate = windowed(pool, meter, 4 * pool.size, spin, lambda n: iterations, lambda payload: expected)
    after = alone(iterations, meter.measure / 2)
    return rate / ((before + after) / 2)


def mixed(pool, smoke):
    long, short = iterations_for(0.05 if smoke else 1), iterations_for(50e-6)
    expected = spin(short)
    for _ in range(20):
        pool.call(spin, short)
    begin()
    times, left = [], threading.Semaphore(0)
    start = time.perf_counter()

    def done(answer):
        times.append((time.perf_counter() - start) * 1e3)
        check(expected, answer)
        left.release()

    for n in range(1001):
        if n == 100:
            pool.submit(spin, long, lambda answer: left.release())
        else:
            pool.submit(spin, short, done)
    for _ in range(1001):
        left.acquire()
    return {"value": quantile(times, 0.5), "p99": quantile(times, 0.99)}


class Queued:
    """Elements through a queue of 1,024: its feeder thread pickles, its semaphore holds the producer back."""

    def __init__(self):
        queue = multiprocessing.Queue(1024)
        self.put, self.get = queue.put, queue.get


class Piped:
    """Elements through a pipe: the operating system holds the producer back."""

    def __init__(self):
        receiver, sender = multiprocessing.Pipe(duplex=False)
        self.put, self.get = sender.send, receiver.recv


chunk_length = 1024


def elements(kind, count):
    if kind == "objects":
        for n in range(count):
            yield {"sensor": "boiler-7", "at": n, "value": n, "isValid": True}
    else:
        for n in range(0, count, chunk_length):
            yield array.array("d", range(n, min(n + chunk_length, count)))


def send(link, kind, count):
    for element in elements(kind, count):
        link.put(element)
    link.put(None)


def receive(link, kind):
    total = 0
    while (element := link.get()) is not None:
        total += element["value"] if kind == "objects" else sum(element)
    return total


def end_of(role, link, kind, commands):
    """One end in a process of its own: runs it whenever it is told to, and answers with the sum."""
    while (count := commands.recv()) > 0:
        commands.send(receive(link, kind) if role == "receive" else send(link, kind, count))


class Streamed:
    def __init__(self, link, way, kind):
        self.link, self.kind = link, kind
        roles = {"out": ["send"], "in": ["receive"], "between": ["send", "receive"]}[way]
        self.remote = {}
        for role in roles:
            ours, theirs = multiprocessing.Pipe()
            multiprocessing.Process(target=end_of, args=(role, link, kind, theirs), daemon=True).start()
            self.remote[role] = ours

    def run(self, count):
        for commands in self.remote.values():
            commands.send(count)
        if "send" not in self.remote:
            send(self.link, self.kind, count)
        if "receive" not in self.remote:
            total = receive(self.link, self.kind)
        answers = {role: commands.recv() for role, commands in self.remote.items()}
        check(count * (count - 1) // 2, answers["receive"] if "receive" in answers else total)

    def close(self):
        for commands in self.remote.values():
            commands.send(0)


def streamed(stream, meter, count):
    """The median rate of many runs, once three in a row agree."""

    def rate():
        start = time.perf_counter()
        stream.run(count)
        return count / (time.perf_counter() - start)

    rates = [rate()]
    until = time.perf_counter() + meter.warm_up
    while time.perf_counter() < until and not meter.steady:
        rates.append(rate())
        last = rates[-3:]
        meter.steady = len(last) == 3 and min(last) > 0.9 * max(last)
    begin()
    rates = []
    until = time.perf_counter() + meter.measure
    while not rates or time.perf_counter() < until:
        rates.append(rate())
    return quantile(rates, 0.5)


sizes = {"1k": 1 << 10, "64k": 1 << 16, "1m": 1 << 20, "16m": 1 << 24}


def figures(pool, workload, meter, smoke):
    if workload in ("tiny-1", "latency", "tiny-1-asleep", "latency-asleep"):
        return sequential(pool, meter)
    if workload in ("tiny-64", "tiny-1024"):
        in_flight = int(workload.split("-")[1])
        value = windowed(pool, meter, in_flight, add, lambda n: n, add)
    elif workload == "tiny-burst":
        value = burst(pool, meter, 500 if smoke else 10_000)
    elif workload.startswith("payload-") and workload.endswith("-copy"):
        payload = bytes(sizes[workload.split("-")[1]])
        expected = first_byte_up(payload)
        value = windowed(pool, meter, 4, first_byte_up, lambda n: payload, lambda p: expected)
    elif workload == "payload-object":
        text = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz     ", k=240))
        sections = [{"heading": text[:30], "text": text, "words": len(text.split())} for _ in range(32)]
        article = {"id": 1, "title": text[:40], "tags": ["a", "b", "c"], "sections": sections}
        expected = article_up(article)
        value = windowed(pool, meter, 4, article_up, lambda n: article, lambda p: expected)
    elif workload == "map":
        value = mapped(pool, meter.warm_up, meter.measure, list(range(20_000 if smoke else 1_000_000)))
    elif workload == "map-typed":
        value = mapped(pool, meter.warm_up, meter.measure, array.array("d", range(20_000 if smoke else 1_000_000)))
    elif workload == "cpu-10ms":
        value = speed_up(pool, meter)
    elif workload == "mixed":
        return {"mixed": mixed(pool, smoke)}
    else:
        raise ValueError(f"{workload} is not for Python")
    return {workload: {"value": value}}


def main():
    kind, workload = sys.argv[1:3]
    size, warm_up, measure, smoke, records = (int(argument) for argument in sys.argv[3:8])
    if kind in ("queue", "pipe"):
        _, way, what = workload.split("-")
        stream = Streamed((Queued if kind == "queue" else Piped)(), way, what)
        meter = Meter(warm_up / 1e3, measure / 1e3)
        value = streamed(stream, meter, records)
        say({"figures": {workload: {"value": value}}, "steady": meter.steady})
        sys.stdin.read()
        stream.close()
        return
    pool = (WithPool if kind == "pool" else WithExecutor)(size)
    if workload == "start":
        check(1, pool.call(add, 0))
        say({"figures": {}})
    else:
        meter = Meter(warm_up / 1e3, measure / 1e3)
        answered = figures(pool, workload, meter, smoke == 1)
        say({"figures": answered, "steady": meter.steady})
    sys.stdin.read()
    pool.close()


if __name__ == "__main__":
    main()
