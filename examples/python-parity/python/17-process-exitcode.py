import sys
from multiprocessing import Process


def work(code):
    sys.exit(code)


if __name__ == "__main__":
    for code in [0, 3]:
        process = Process(target=work, args=(code,))
        process.start()
        process.join()
        print("exit code", process.exitcode)
