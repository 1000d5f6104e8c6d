"""A character LSTM: it reads thirty of Shakespeare's sonnets letter by letter, and writes on.

An LSTM carries two states through the text: a cell, which gates keep and write to, and what it
shows of that (Hochreiter and Schmidhuber 1997). It is built here from a Layer, an Embedding and
NumPy's operations on Tensors; backpropagation goes through all letters of a window.

    python examples/char_lstm.py

holds the last three sonnets back, and prints how well it predicts their next letter: with less than
3 bits (2.79), where guessing by the letters' frequencies takes 4.5. Then it prints what it writes
itself. It takes some 20 s.
"""

import sys
import time
from pathlib import Path

import numpy as np

import nn
from autograd import no_grad, sigmoid

HIDDEN, WINDOW, BATCH, STEPS = 96, 32, 32, 300

TEXT = Path(__file__).with_name("data").joinpath("sonnets.txt").read_text(encoding="utf-8")
LETTERS = "".join(sorted(set(TEXT)))


class LSTM(nn.Module):
    """Maps letters, integers of shape (time, batch), and a state to logits of the next ones."""

    def __init__(self, letters, hidden, rng):
        self.read = nn.Embedding(letters, 4 * hidden, np.float32, rng)  # the input's weights
        self.recall = nn.Layer(hidden, 4 * hidden, None, np.float32, rng)
        self.out = nn.Sequential(
            nn.Dropout(0.3, rng), nn.Layer(hidden, letters, None, np.float32, rng)
        )
        self.recall.bias.data = np.repeat([1, 0, 0, 0], hidden)  # at first, the cell keeps all

    def forward(self, letters, state):
        """Read letter by letter; the logits, of shape (time, batch, letters), and the new state."""
        cell, shown = state
        history = []
        for now in letters:
            gates = self.read(now) + self.recall(shown)
            keep, write, show, new = np.split(gates, 4, axis=-1)
            cell = sigmoid(keep) * cell + sigmoid(write) * np.tanh(new)
            shown = sigmoid(show) * np.tanh(cell)
            history.append(shown)
        return self.out(np.stack(history)), (cell, shown)

    def start(self, batch):
        """The state before a text: nothing."""
        return np.zeros((2, batch, self.recall.weight.shape[1]), np.float32)


def bits(model, text):
    """Bits a letter that it takes to say `text`, given the predictions of each letter."""
    model.eval()
    with no_grad():
        logits, _ = model(text[:-1, None], model.start(1))
        nats = nn.cross_entropy(logits, text[1:, None]).item()
    model.train()
    return nats / np.log(2)


def write(model, beginning, length, temperature, rng):
    """The beginning, and letters drawn one by one from what the model holds likely next."""
    model.eval()
    text, unread, state = beginning, beginning, model.start(1)
    with no_grad():
        while len(text) < length:
            logits, state = model(coded(unread)[:, None], state)
            odds = np.exp(logits.data[-1, 0] / temperature)
            unread = str(rng.choice(list(LETTERS), p=odds / odds.sum()))
            text += unread
    return text


def coded(text):
    """The letters of a text as integers."""
    return np.array([LETTERS.index(letter) for letter in text])


def main(steps=STEPS):
    rng = np.random.default_rng(0)
    *sonnets, a, b, c = TEXT.split("\n\n")
    known, held_back = coded("\n\n".join(sonnets)), coded("\n\n".join([a, b, c]))
    model = LSTM(len(LETTERS), HIDDEN, rng)
    print(f"{len(known)} letters to learn from, {len(LETTERS)} of them different")
    share = (np.bincount(known, minlength=len(LETTERS)) + 1) / (len(known) + len(LETTERS))
    guessed = -np.log2(share[held_back]).mean()

    start = time.process_time()
    optimizer = nn.Adam(model.parameters(), lr=0.02)
    schedule = nn.Cosine(optimizer, steps)
    for step in range(1, steps + 1):
        places = rng.integers(len(known) - WINDOW, size=BATCH) + np.arange(WINDOW + 1)[:, None]
        window = known[places]  # (time, batch)
        optimizer.zero_grad()
        logits, _ = model(window[:-1], model.start(BATCH))
        loss = nn.cross_entropy(logits, window[1:])
        loss.backward()
        nn.clip_grad_norm(model, 1.0)
        optimizer.step()
        schedule.step()
        if step % 50 == 0:
            new = bits(model, held_back)
            print(f"step {step}: {loss.item() / np.log(2):.2f} bits a letter, new text {new:.2f}")
    print(f"trained in {time.process_time() - start:.1f} s of one core")
    print(
        f"new text: {bits(model, held_back):.2f} bits a letter, {guessed:.2f} by frequency alone\n"
    )
    print(write(model, "Shall I ", 300, 0.7, rng))


if __name__ == "__main__":
    main(steps=10 if "--quick" in sys.argv else STEPS)
