import os
import time
from multiprocessing.managers import BaseManager


class Slow:
    def wait(self):
        print("pid", os.getpid(), flush=True)
        time.sleep(600)

    def get(self):
        return 42


BaseManager.register("Slow", Slow)

if __name__ == "__main__":
    manager = BaseManager()
    manager.start()
    slow = manager.Slow()
    for name in ["wait", "get"]:
        try:
            print(name, getattr(slow, name)())
        except (EOFError, OSError) as error:
            print(name + ":", type(error).__name__)
