import os
import time
from multiprocessing import Process
from multiprocessing.shared_memory import SharedMemory


def fill(name):
    memory = SharedMemory(name)
    memory.buf[:3] = b"hed"
    print("pid", os.getpid(), flush=True)
    time.sleep(600)


if __name__ == "__main__":
    memory = SharedMemory(create=True, size=16)
    process = Process(target=fill, args=(memory.name,))
    process.start()
    process.join()
    print("half written:", bytes(memory.buf[:3]).decode())
    memory.close()
    memory.unlink()
