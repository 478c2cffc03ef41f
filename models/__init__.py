"""From pixels to judgments: which networks there are, how they are opened, how pictures reach them in batches.

    manifest.toml, manifest.py   what every network is: file, hash, licence, input contract, decoder, how far confirmed
    fetch.py                     the file: from a mirror or its source into the cache, verified
    session.py                   the file opened: onnxruntime, the provider that really runs, the contract checked
    slots.py                     a picture written into its place in the batch, without a copy in between
    objects.py                   one batch, start to end, in the thread that runs it
    letterbox.py                 the picture's place in the input, and boxes back to source pixels
    decoders.py, yolox.py,
    fastestdet.py                what came out, as boxes with scores
    boxes.py, labels.py          overlap, suppression; the names of classes and their BDD100K counterparts
    batcher.py                   pictures of many callers, one batch at a time
    eyes.py                      all of it behind one door: open_eyes(...) gives look(pictures, source_whs)
    evaluate.py,
    average_precision.py,
    truth.py                     accuracy on labelled pictures; the scoring rule; the labels

A picture's way: eyes.look -> batcher -> objects: slots -> session -> decoders -> boxes -> letterbox -> Found.

To add a network
  1. Write its table into manifest.toml: every key is required and explained at the top of that file; `confirmed` says
     what was really tried: "listed" (never opened by us), "opened" (contract checked), "measured" (figures reproduced).
  2. Its output is new? Add a decoder: a pure function from one picture's outputs to Detections in input pixels, in a
     file of its own, and name it in decoders.py. Its class names are new? Add them to labels.py.
  3. Put the file into a folder, set ROADSIEVE_MODEL_MIRROR to it, and run `roadsieve models verify NAME`, then
     `roadsieve models evaluate NAME`; write the figure and the command into `note`.
"""
