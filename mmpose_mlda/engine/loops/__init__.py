# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .domain_train_loop import DomainTrainLoop, count_steps
from .teacher_student_val_loop import TeacherStudentValLoop

__all__ = ['DomainTrainLoop', 'TeacherStudentValLoop', 'count_steps']
