// Package iampolicy answers questions about AWS policy documents: who outside has access, is it public, does it deny
// plain HTTP, may this principal do that, is it an administrator, can it make itself one.
//
// A Policy is resource-based: its statements name principals. An Identity is the identity-based policies of a user,
// group or role, together, with their permissions boundary. Both take documents in the form that shape.NormalizePolicy
// makes, and any other that means the same.
//
// The answers hold for every request that AWS could see, not for one: a statement's condition counts as narrowing it
// only where no outsider can meet it, and a Deny as taking access away only where every outsider meets it. Where that
// can't be told, the answer is the one that a person should look at: open, allowed, not denied. The rules are those of
// the IAM user guide, https://docs.aws.amazon.com/IAM/latest/UserGuide/ :
//
//   - reference_policies_evaluation-logic.html: an explicit Deny wins; a boundary only takes away
//   - reference_policies_elements_principal.html and _notprincipal.html: who "*" and the other principals are
//   - reference_policies_elements_action.html, _notaction.html, _resource.html, _notresource.html: wildcards
//   - reference_policies_elements_condition_operators.html: operators, IfExists, Null, missing keys
//   - reference_policies_condition-single-vs-multi-valued-context-keys.html: ForAnyValue, ForAllValues
//   - reference_policies_variables.html: variables, which are such only in Version 2012-10-17
//
// What "public" means is S3's definition, where it gives one: "Blocking public access to your Amazon S3 storage", The
// meaning of "public", https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
//
// Everything here is pure and safe for concurrent use.
package iampolicy
