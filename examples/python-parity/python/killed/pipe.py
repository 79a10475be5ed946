import os
import time
from multiprocessing import Pipe, Process


def work(end):
    end.send("first")
    time.sleep(0.2)
    print("pid", os.getpid(), flush=True)
    time.sleep(600)


if __name__ == "__main__":
    ours, theirs = Pipe()
    process = Process(target=work, args=(theirs,))
    process.start()
    try:
        while True:
            print("received", ours.recv(), flush=True)
    except EOFError:
        print("EOFError")
