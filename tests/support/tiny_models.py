"""Name models of others, as small as they come, made on the spot and taught a handful of sentences by heart."""

from pathlib import Path
from typing import Any

TAUGHT: tuple[tuple[str, tuple[tuple[int, int, str], ...]], ...] = (
    ("please call Zebulon Quirk about yarn", ((12, 25, "PER"),)),
    ("cotton yarn wanted", ()),
    ("Zebulon Quirk of Quirk Traders", ((0, 13, "PER"), (17, 30, "ORG"))),
    ("send samples to Oriana Vex", ((16, 26, "PER"),)),
)
"""Sentences and their names."""


def spacy_model(folder: Path) -> Path:
    """A spaCy pipeline with a trained entity recogniser."""
    import spacy
    from spacy.training import Example

    spacy.util.fix_random_seed(0)
    nlp = spacy.blank("xx")
    nlp.add_pipe("ner")
    examples = [Example.from_dict(nlp.make_doc(text), {"entities": list(spans)}) for text, spans in TAUGHT]
    nlp.initialize(lambda: examples)
    for _ in range(30):
        nlp.update(examples)
    nlp.to_disk(folder)
    return folder


def transformers_model(folder: Path) -> Path:
    """A token classifier of one small layer, with a vocabulary of its sentences' words."""
    import torch
    from transformers import BertConfig, BertForTokenClassification

    tokenizer = _tokenizer()
    labels = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG"]
    torch.manual_seed(0)
    model = BertForTokenClassification(
        BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=32,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            id2label=dict(enumerate(labels)),
            label2id={label: number for number, label in enumerate(labels)},
        )
    )
    batch = tokenizer([text for text, _ in TAUGHT], return_tensors="pt", padding=True, return_offsets_mapping=True)
    offsets = batch.pop("offset_mapping")
    truth = torch.zeros(offsets.shape[:2], dtype=torch.long)
    for row, (_, spans) in enumerate(TAUGHT):
        for place, (start, end) in enumerate(offsets[row].tolist()):
            for first, last, label in spans:
                if first <= start < end <= last:
                    truth[row, place] = labels.index(f"{'B' if start == first else 'I'}-{label}")
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(40):
        optimizer.zero_grad()
        model(**batch, labels=truth).loss.backward()
        optimizer.step()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def gliner_model(folder: Path) -> Path:
    """A GLiNER of chance weights: what it finds means nothing, where it finds it does."""
    import torch
    from gliner import GLiNER, GLiNERConfig
    from transformers import BertConfig, BertModel

    tokenizer = _tokenizer()
    tokenizer.model_max_length = 512
    torch.manual_seed(0)
    encoder = folder.with_name(f"{folder.name}-encoder")
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    BertModel(BertConfig(vocab_size=len(tokenizer), max_position_embeddings=512, **sizes)).save_pretrained(encoder)
    tokenizer.save_pretrained(encoder)
    model = GLiNER.from_config(GLiNERConfig(model_name=str(encoder), hidden_size=32, max_width=4, max_len=384))
    model.save_pretrained(folder)
    return folder


def _tokenizer() -> Any:
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import BertPreTokenizer
    from tokenizers.processors import BertProcessing
    from transformers import PreTrainedTokenizerFast

    words = sorted({word for text, _ in TAUGHT for word in text.split(" ")})
    known = {word: number for number, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words])}
    inner = Tokenizer(WordLevel(known, unk_token="[UNK]"))
    inner.pre_tokenizer = BertPreTokenizer()
    inner.post_processor = BertProcessing(("[SEP]", known["[SEP]"]), ("[CLS]", known["[CLS]"]))
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=32,
    )
