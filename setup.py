# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Packaging; `pip install -r requirements.txt` installs the tested set."""

import os
import re
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
MIM_FILES = ('tools', 'configs', 'demo', 'model-index.yml')


class BuildWithMim(build_py):
    """Puts the files that MIM and MMEngine look for into the package.

    They stand in `mmpose_mlda/.mim`: links to the checkout for an editable
    install (PEP 660), copies in a wheel.
    """

    def run(self):
        super().run()
        if self.editable_mode:
            mim = ROOT / 'mmpose_mlda' / '.mim'
        else:
            mim = Path(self.build_lib) / 'mmpose_mlda' / '.mim'
        mim.mkdir(parents=True, exist_ok=True)
        for name in MIM_FILES:
            if (ROOT / name).exists():
                self.put(ROOT / name, mim / name)

    def put(self, source, target):
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)
        if self.editable_mode:
            os.symlink(os.path.relpath(source, target.parent), target)
        elif source.is_dir():
            ignore = shutil.ignore_patterns('__pycache__')
            shutil.copytree(source, target, ignore=ignore)
        else:
            shutil.copyfile(source, target)


def version():
    text = (ROOT / 'mmpose_mlda' / '__init__.py').read_text('utf-8')
    return re.search(r"^__version__ = '(.+)'$", text, re.MULTILINE)[1]


def readme():
    path = ROOT / 'README.md'
    return path.read_text('utf-8') if path.exists() else ''


EXTRAS = {
    'tests': ['hypothesis', 'pytest>=8', 'pytest-xdist', 'ruff'],
    # ViT and Swin students, and the TensorBoard back-end of the visualizer
    'optional': ['mmpretrain>=1.0,<2.0', 'tensorboard'],
    # tools/export_teacher.py --onnx
    'onnx': ['onnx>=1.17,<2', 'onnxruntime>=1.20,<2', 'onnxscript>=0.5,<1'],
}
# the site of the documentation, make docs
DOCS = ['furo', 'myst-parser', 'sphinx>=7']
EXTRAS['all'] = [name for names in EXTRAS.values() for name in names]

setup(
    name='mmpose_mlda',
    version=version(),
    description='Unsupervised domain adaptation for MMPose by multi-level '
    'alignment',
    long_description=readme(),
    long_description_content_type='text/markdown',
    author='mmpose_mlda contributors',
    license='Apache-2.0',
    keywords='computer vision, pose estimation, domain adaptation',
    classifiers=[
        'Development Status :: 4 - Beta',
        'Intended Audience :: Science/Research',
        'Programming Language :: Python :: 3',
        'Programming Language :: Python :: 3.10',
        'Programming Language :: Python :: 3.11',
        'Topic :: Scientific/Engineering :: Image Recognition',
    ],
    packages=find_packages(include=['mmpose_mlda', 'mmpose_mlda.*']),
    cmdclass={'build_py': BuildWithMim},
    # xtcocotools, which MMPose needs, has wheels for these two alone.
    python_requires='>=3.10,<3.12',
    # Neither mmcv nor mmcv-lite: both own the folder mmcv/, and which of
    # them fits is the user's choice.
    install_requires=[
        'torch>=2.6',
        'torchvision>=0.21',
        'numpy>=1.24,<2',
        'scipy',
        'mmengine>=0.10.0,<1.0',
        'mmdet>=3.0.0,<3.4',
        'mmpose>=1.3.0,<2.0',
        'setuptools<81',  # mmengine imports its pkg_resources
    ],
    extras_require=EXTRAS | {'docs': DOCS},
    zip_safe=False,
)
