"""From pixels to judgments: which networks there are, how they are opened, how pictures reach them in batches.

    manifest.toml, manifest.py   what every network is: file, hash, licence, contract, roles, how far confirmed
    fetch.py, conversion/        the file: from a mirror or its source into the cache, verified; made what we can run
    providers.py, session.py     the file opened: onnxruntime, the provider that really runs, the contract checked
    gate.py                      whether fp16 may be used: what is told of sample pictures must stay the same
    page_locked.py               memory for batches that a GPU reads without the processor's help
    slots.py                     a picture written into its place in the batch, without a copy in between
    judge.py                     one batch, start to end, in the thread that runs it
    letterbox.py                 the picture's place in the input, and boxes back to source pixels
    reading.py, decoders.py      what came out, role by role: boxes (yolox.py, fastestdet.py, yunet.py, y5fu.py,
                                 lpd_yunet.py, end_to_end.py), words (words.py), vectors (embedding.py)
    boxes.py, labels.py          overlap, suppression; what the classes of networks stand for
    prompts.py                   what a network of pictures and texts is asked
    batcher.py                   pictures of many callers, one batch at a time
    eyes.py                      one network behind one door: open_eyes(...) gives look(pictures, source_whs)
    sight.py                     several networks, each filling the roles it was chosen for, behind one door
    evaluate.py,
    average_precision.py,
    truth.py                     accuracy on labelled pictures; the scoring rule; the labels

A picture's way: sight.look -> eyes.look -> batcher -> judge: slots -> session -> reading: decoders -> Judgment.

To add a network
  1. Write its table into manifest.toml: the keys are explained at the top of that file; `confirmed` says what was
     really tried: "listed" (never opened by us), "opened" (contract checked), "measured" (figures reproduced).
  2. Its output is new? Add a decoder: a pure function of a batch's outputs, or of one picture's, in a file of its own,
     and name it in decoders.py. Its class names are new? Add them to labels.py.
  3. Put the file into a folder, set ROADSIEVE_MODEL_MIRROR to it, and run `roadsieve models verify NAME`, then
     `roadsieve models evaluate NAME`; write the figure and the command into `note`.
"""
