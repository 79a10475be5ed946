import os
import time
from multiprocessing import Process, Queue


def work(queue):
    queue.put("first")
    time.sleep(0.2)
    print("pid", os.getpid(), flush=True)
    time.sleep(600)


if __name__ == "__main__":
    queue = Queue()
    process = Process(target=work, args=(queue,))
    process.start()
    while True:
        print("got", queue.get(), flush=True)
