import os
import time
from multiprocessing import JoinableQueue, Process


def work(jobs):
    jobs.get()
    print("pid", os.getpid(), flush=True)
    time.sleep(600)
    jobs.task_done()


if __name__ == "__main__":
    jobs = JoinableQueue()
    process = Process(target=work, args=(jobs,))
    process.start()
    jobs.put("job")
    jobs.join()
    print("join returned")
