import time
from multiprocessing import Process


def sleep():
    time.sleep(600)


if __name__ == "__main__":
    process = Process(target=sleep)
    process.start()
    print("alive" if process.is_alive() else "ended")
    process.join(timeout=0.1)
    print("alive" if process.is_alive() else "ended")
    process.terminate()
    process.join()
    print("alive" if process.is_alive() else "ended")
