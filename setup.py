from setuptools import find_packages, setup
setup(name='mmpose_mlda', version='0.1.0', packages=find_packages(include=['mmpose_mlda*']), extras_require=dict(tests=['pytest','pytest-xdist','ruff']))
