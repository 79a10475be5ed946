from concurrent.futures import ThreadPoolExecutor


def count(text, letter):
    return text.count(letter)


if __name__ == "__main__":
    texts = ["warp and weft", "shed", "heddle"]
    with ThreadPoolExecutor(max_workers=2) as executor:
        futures = {text: executor.submit(count, text, "e") for text in texts}
    for text, future in futures.items():
        print(text, future.result())
