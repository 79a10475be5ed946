from ctypes import Structure, c_double, c_int
from multiprocessing import Array, Process


class Point(Structure):
    _fields_ = [("x", c_double), ("y", c_double), ("visits", c_int)]


def square(points):
    for point in points:
        point.x **= 2
        point.y **= 2
        point.visits += 1


if __name__ == "__main__":
    points = Array(Point, [(1.875, -6.25, 0), (-5.75, 2.5, 0)], lock=False)
    process = Process(target=square, args=(points,))
    process.start()
    process.join()
    for point in points:
        print(point.x, point.y, point.visits)
