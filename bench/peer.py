"""txtai, timed from within an environment of its own: `bench/speed.py` starts it and asks.

Reads a JSON object a line, writes one a line. {"passages": [...]} embeds and indexes them; {"question": "..."}
searches among them; the answer is {"seconds"}. Its argument is the folder of the model.
"""

import json
import sys
import time

from txtai import Embeddings


def main() -> None:
    instructions = {"query": "query: ", "data": "passage: "}
    peer = Embeddings(path=sys.argv[1], method="sentence-transformers", gpu=False, instructions=instructions)
    for line in sys.stdin:
        asked = json.loads(line)
        began = time.perf_counter()
        if "passages" in asked:
            peer.index(list(enumerate(asked["passages"])))
        else:
            peer.search(asked["question"], 10)
        print(json.dumps({"seconds": time.perf_counter() - began}), flush=True)


if __name__ == "__main__":
    main()
