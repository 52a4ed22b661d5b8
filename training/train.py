"""The command `python -m training.train`; what it does is in training/face/train.py."""

import sys

from training.face.train import main  # chooses Keras' backend, so it comes first

if __name__ == "__main__":
    import training.experiments.first_resnet  # noqa: F401  (--start reads its files too)

    sys.exit(main())
