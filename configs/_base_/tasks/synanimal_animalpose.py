# Hounds and sheep to dogs and sheep, SynAnimal -> AnimalPose: what all methods
# have in common.
_base_ = [
    '../default_runtime.py',
    '../datasets/synanimal_animalpose.py',
    '../models/res101_deconv_256_animals.py',
    '../schedules/schedule_35k.py',
]

student = dict(head=dict(out_channels=14))
randomness = dict(seed=0)  # in the papers' commands
