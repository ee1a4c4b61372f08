"""AWS's SAM CLI on this machine: built functions in containers, without an AWS account."""
