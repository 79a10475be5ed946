from multiprocessing import Process, Queue


def produce(queue, count):
    for n in range(count):
        queue.put(n)
    queue.put(None)


if __name__ == "__main__":
    queue = Queue()
    process = Process(target=produce, args=(queue, 5))
    process.start()
    while (n := queue.get()) is not None:
        print(n)
    process.join()
