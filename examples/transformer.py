"""A tiny causal transformer: it reads thirty of Shakespeare's sonnets, and writes on.

Each letter looks back at the letters before it: attention weighs what they have to say by how well
their keys fit its query (Vaswani et al. 2017). Attention is built here from a Layer and NumPy's
operations on Tensors; blocks of it are made of nn's Residual, LayerNorm and Layer.

    python examples/transformer.py

holds the last three sonnets back, and prints how well it predicts their next letter: with less than
3 bits (2.89), where guessing by the letters' frequencies takes 4.5. Then it prints what it writes
itself. It takes 20 to 25 s of one core.
"""

import sys
from pathlib import Path

import numpy as np

import nn
from autograd import softmax

WIDTH, HEADS, BLOCKS, WINDOW, BATCH, STEPS = 64, 4, 2, 64, 16, 350

TEXT = Path(__file__).with_name("data").joinpath("sonnets.txt").read_text(encoding="utf-8")
LETTERS = "".join(sorted(set(TEXT)))


class Attention(nn.Module):
    """Each letter takes from those up to it what it asks for."""

    def __init__(self, width, heads, rng):
        self.heads = heads
        self.ask = nn.Layer(width, 3 * width, None, np.float32, rng)  # queries, keys and values
        self.tell = nn.Layer(width, width, None, np.float32, rng)

    def forward(self, x):
        """What is taken, of the shape of x, (batch, time, width)."""
        batch, times, width = x.shape
        parts = self.ask(x).reshape(batch, times, 3, self.heads, width // self.heads)
        query, key, value = parts.transpose(2, 0, 3, 1, 4)  # each (batch, heads, time, width/heads)
        fit = query @ key.swapaxes(-1, -2) / np.sqrt(width // self.heads)
        taken = softmax(fit + closeness(times, self.heads)) @ value
        return self.tell(taken.transpose(0, 2, 1, 3).reshape(batch, times, width))


def closeness(times, heads):
    """What counts against letters far back, (heads, time, time), and rules out those to come.

    It also tells the network their order (ALiBi, Press et al. 2022). Each head sees twice as far.
    """
    distance = np.arange(times)[:, None] - np.arange(times)
    steepness = 2.0 ** -np.arange(1, heads + 1)[:, None, None]
    return np.where(distance >= 0, -steepness * distance, -np.inf).astype(np.float32)


def network(rng):
    """From letters, integers of shape (batch, time), to logits of the next ones."""
    parts = [nn.Embedding(len(LETTERS), WIDTH, np.float32, rng)]
    for _ in range(BLOCKS):
        wide = nn.MLP(WIDTH, [4 * WIDTH, WIDTH], dtype=np.float32, rng=rng)
        for part in (Attention(WIDTH, HEADS, rng), wide):
            norm = nn.LayerNorm(WIDTH, dtype=np.float32)
            parts.append(nn.Residual(nn.Sequential(norm, part, nn.Dropout(0.1, rng))))
    norm = nn.LayerNorm(WIDTH, dtype=np.float32)
    last = nn.Layer(WIDTH, len(LETTERS), None, np.float32, rng)
    return nn.Sequential(*parts, norm, last)


def bits(model, text):
    """Bits a letter that it takes to say `text`, where each is predicted from half a window."""
    half = WINDOW // 2
    windows = np.lib.stride_tricks.sliding_window_view(text, WINDOW + 1)[::half]
    logits = nn.predict(model, windows[:, :-1])
    return nn.cross_entropy(logits[:, half:], windows[:, half + 1 :]).item() / np.log(2)


def write(model, beginning, length, temperature, rng):
    """The beginning, and letters drawn one by one from what the model holds likely next."""
    text = beginning
    while len(text) < length:
        odds = np.exp(nn.predict(model, coded(text[-WINDOW:])[None])[0, -1] / temperature)
        text += rng.choice(list(LETTERS), p=odds / odds.sum())
    return text


def coded(text):
    """The letters of a text as integers."""
    return np.array([LETTERS.index(letter) for letter in text])


def main(steps=STEPS):
    rng = np.random.default_rng(0)
    *sonnets, a, b, c = TEXT.split("\n\n")
    known, held_back = coded("\n\n".join(sonnets)), coded("\n\n".join([a, b, c]))
    model = network(rng)
    share = (np.bincount(known, minlength=len(LETTERS)) + 1) / (len(known) + len(LETTERS))
    guessed = -np.log2(share[held_back]).mean()

    optimizer = nn.AdamW(model.parameters(), lr=0.01)
    schedule = nn.WarmUp(nn.Cosine(optimizer, steps), 20)
    for step in range(1, steps + 1):
        places = rng.integers(len(known) - WINDOW, size=(BATCH, 1)) + np.arange(WINDOW + 1)
        window = known[places]  # (batch, time)
        optimizer.zero_grad()
        loss = nn.cross_entropy(model(window[:, :-1]), window[:, 1:])
        loss.backward()
        nn.clip_grad_norm(model, 1.0)
        optimizer.step()
        schedule.step()
        if step % 50 == 0:
            new = bits(model, held_back)
            print(f"step {step}: {loss.item() / np.log(2):.2f} bits a letter, new text {new:.2f}")
    learnt = bits(model, held_back)
    print(f"new text: {learnt:.2f} bits a letter, {guessed:.2f} by frequency alone\n")
    print(write(model, "Shall I ", 300, 0.7, rng))


if __name__ == "__main__":
    main(steps=10 if "--quick" in sys.argv else STEPS)
