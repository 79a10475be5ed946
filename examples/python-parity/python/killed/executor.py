import os
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool


def work(is_victim):
    if is_victim:
        print("pid", os.getpid(), flush=True)
        time.sleep(600)
    time.sleep(1)
    return "done"


if __name__ == "__main__":
    with ProcessPoolExecutor(max_workers=2) as executor:
        for name, future in [
            ("the victim's task:", executor.submit(work, True)),
            ("a task on the other child:", executor.submit(work, False)),
        ]:
            try:
                print(name, future.result())
            except BrokenProcessPool:
                print(name, "BrokenProcessPool")
        try:
            print("the next task:", executor.submit(work, False).result())
        except BrokenProcessPool:
            print("the next task:", "BrokenProcessPool")
