from multiprocessing import JoinableQueue, Process, Queue


def work(jobs, results):
    while True:
        n = jobs.get()
        results.put(n * n)
        jobs.task_done()


if __name__ == "__main__":
    jobs, results = JoinableQueue(), Queue()
    workers = [Process(target=work, args=(jobs, results), daemon=True) for _ in range(2)]
    for worker in workers:
        worker.start()
    for n in range(6):
        jobs.put(n)
    jobs.join()
    print("all done")
    print(*sorted(results.get() for _ in range(6)))
