# Horses and tigers, SynAnimal -> TigDog: what all methods have in common.
_base_ = [
    '../default_runtime.py',
    '../datasets/synanimal_tigdog.py',
    '../models/res101_deconv_256_animals.py',
    '../schedules/schedule_35k.py',
]

randomness = dict(seed=0)  # in the papers' commands
