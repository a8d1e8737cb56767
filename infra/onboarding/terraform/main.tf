# The role by which InfraAudit reads an account, as role.yaml makes it. The policies are the same files.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "principal" {
  description = "ARN of whom the role lets in: the output AwsPrincipal of InfraAudit's own stack."
  type        = string

  validation {
    condition     = can(regex("^arn:(aws|aws-cn|aws-us-gov):iam::[0-9]{12}:(root|(role|user)/.+)$", var.principal))
    error_message = "The principal must be the ARN of an account's root, a role or a user."
  }
}

variable "external_id" {
  description = "Shown by `infraudit provider role-template --account-id` for the account: each has its own."
  type        = string

  validation {
    condition     = can(regex("^[\\w+=,.@:/-]{2,}$", var.external_id))
    error_message = "The external id must be two or more letters, digits or _+=,.@:/-."
  }
}

variable "role_name" {
  description = "Name of the role. InfraAudit's own stack says which names it may assume."
  type        = string
  default     = "InfraAuditReadOnly"
}

locals {
  policies = fileset("${path.module}/..", "policy-*.json")
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = [var.principal]
    }

    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = [var.external_id]
    }
  }
}

resource "aws_iam_role" "infraudit" {
  name               = var.role_name
  description        = "Assumed by InfraAudit, read only"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_policy" "read" {
  for_each = local.policies

  name_prefix = "${var.role_name}-"
  description = "What InfraAudit reads: ${each.value}"
  policy      = file("${path.module}/../${each.value}")
}

resource "aws_iam_role_policy_attachment" "read" {
  for_each = local.policies

  role       = aws_iam_role.infraudit.name
  policy_arn = aws_iam_policy.read[each.value].arn
}

output "role_arn" {
  description = "Connect the account with this ARN."
  value       = aws_iam_role.infraudit.arn
}
