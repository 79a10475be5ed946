from multiprocessing import Queue
from queue import Empty, Full

if __name__ == "__main__":
    queue = Queue(maxsize=2)
    queue.put("warp")
    queue.put("weft")
    try:
        queue.put_nowait("shed")
    except Full:
        print("full")
    print(queue.get(), queue.get())
    try:
        queue.get(timeout=0.1)
    except Empty:
        print("empty")
