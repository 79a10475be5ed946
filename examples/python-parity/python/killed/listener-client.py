import os
import time
from multiprocessing import Process
from multiprocessing.connection import Client, Listener

KEY = os.urandom(32)


def client(address):
    with Client(address, authkey=KEY) as connection:
        connection.send("first")
        time.sleep(0.2)
        print("pid", os.getpid(), flush=True)
        time.sleep(600)


if __name__ == "__main__":
    with Listener(None, "AF_UNIX", authkey=KEY) as listener:
        process = Process(target=client, args=(listener.address,))
        process.start()
        with listener.accept() as connection:
            try:
                while True:
                    print("received", connection.recv(), flush=True)
            except EOFError:
                print("EOFError")
