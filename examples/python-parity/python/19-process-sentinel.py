import sys
import time
from multiprocessing import Process, connection


def work(seconds, code):
    time.sleep(seconds)
    sys.exit(code)


if __name__ == "__main__":
    slow = Process(target=work, args=(600, 1))
    quick = Process(target=work, args=(0.1, 2))
    for process in [slow, quick]:
        process.start()
    connection.wait([slow.sentinel, quick.sentinel])
    quick.join()
    print("first exit code", quick.exitcode)
    slow.kill()
    slow.join()
    print("both ended")
