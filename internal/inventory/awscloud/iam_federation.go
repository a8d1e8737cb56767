package awscloud

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
)

// collectInstanceProfiles emits the instance profiles. GetAccountAuthorizationDetails has only those with a role.
func collectInstanceProfiles(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := iamClient(s).ListInstanceProfiles(ctx, &iam.ListInstanceProfilesInput{
			MaxItems: aws.Int32(iamPageSize), Marker: token,
		})
		if err != nil {
			return nil, err
		}
		for i := range page.InstanceProfiles {
			p := &page.InstanceProfiles[i]
			roles := make([]*string, len(p.Roles))
			for j := range p.Roles {
				roles[j] = p.Roles[j].RoleName
			}
			err := s.emit(ctx, out, &audit.Observation{
				Type: "iam_instance_profile", ExternalID: aws.ToString(p.Arn), Name: aws.ToString(p.InstanceProfileName),
				Config: object{"InstanceProfileName": p.InstanceProfileName, "Path": p.Path, "Roles": roles},
				Facts:  object{"CreateDate": p.CreateDate, "InstanceProfileId": p.InstanceProfileId},
			})
			if err != nil {
				return nil, err
			}
		}
		return iamNext(page.IsTruncated, page.Marker), nil
	})
}

// collectVirtualMFADevices emits the virtual MFA devices, assigned or not. The root user's is among them: an account
// whose summary says that root has MFA, and that has no such device, uses hardware. The listing leaves tags out.
func collectVirtualMFADevices(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := iamClient(s).ListVirtualMFADevices(ctx, &iam.ListVirtualMFADevicesInput{
			MaxItems: aws.Int32(iamPageSize), Marker: token,
		})
		if err != nil {
			return nil, err
		}
		for i := range page.VirtualMFADevices {
			if err := s.emit(ctx, out, virtualMFADevice(&page.VirtualMFADevices[i])); err != nil {
				return nil, err
			}
		}
		return iamNext(page.IsTruncated, page.Marker), nil
	})
}

// virtualMFADevice reads a device's name and path from its serial number, which is the ARN
// "arn:aws:iam::123456789012:mfa/path/name".
func virtualMFADevice(d *types.VirtualMFADevice) *audit.Observation {
	serial := aws.ToString(d.SerialNumber)
	_, resource, _ := strings.Cut(serial, ":mfa")
	end := strings.LastIndexByte(resource, '/') + 1
	o := &audit.Observation{
		Type: "iam_virtual_mfa_device", ExternalID: serial, Name: resource[end:],
		Config: object{"VirtualMfaDeviceName": resource[end:], "Path": resource[:end]},
		Facts:  object{"EnableDate": d.EnableDate},
	}
	if u := d.User; u != nil {
		root := strings.HasSuffix(aws.ToString(u.Arn), ":root")
		o.Facts["Root"] = root
		if !root && u.UserName != nil {
			o.Config["Users"] = []any{*u.UserName}
		}
	}
	return o
}

var samlPaths = []string{"SamlMetadataDocument", "AssertionEncryptionMode", "PrivateKeyList"}

func collectSAMLProviders(ctx context.Context, s *session, out inventory.Emitter) error {
	api := iamClient(s)
	list, err := api.ListSAMLProviders(ctx, &iam.ListSAMLProvidersInput{}) // not paged
	if err != nil {
		return err
	}
	return forEach(ctx, s, list.SAMLProviderList, func(ctx context.Context, p types.SAMLProviderListEntry) error {
		id := aws.ToString(p.Arn)
		name := id[strings.LastIndexByte(id, '/')+1:]
		o := &audit.Observation{
			Type: "iam_saml_provider", ExternalID: id, Name: name,
			Config: object{"Name": name},
			Facts:  object{"CreateDate": p.CreateDate, "ValidUntil": p.ValidUntil},
		}
		err := s.detail(ctx, o, append([]string{"Tags"}, samlPaths...), func(ctx context.Context) error {
			got, err := api.GetSAMLProvider(ctx, &iam.GetSAMLProviderInput{SAMLProviderArn: p.Arn})
			if err == nil {
				o.Config["SamlMetadataDocument"] = got.SAMLMetadataDocument
				o.Config["AssertionEncryptionMode"] = got.AssertionEncryptionMode
				o.Config["PrivateKeyList"] = got.PrivateKeyList
				o.Config["Tags"] = got.Tags
			}
			return goneIf(err, noSuchEntity)
		})
		if err != nil {
			return err
		}
		return s.emit(ctx, out, o)
	})
}

func collectOIDCProviders(ctx context.Context, s *session, out inventory.Emitter) error {
	api := iamClient(s)
	list, err := api.ListOpenIDConnectProviders(ctx, &iam.ListOpenIDConnectProvidersInput{}) // not paged
	if err != nil {
		return err
	}
	return forEach(ctx, s, list.OpenIDConnectProviderList, func(ctx context.Context, p types.OpenIDConnectProviderListEntry) error {
		id := aws.ToString(p.Arn)
		_, issuer, _ := strings.Cut(id, ":oidc-provider/")
		o := &audit.Observation{Type: "iam_oidc_provider", ExternalID: id, Name: issuer, Config: object{}, Facts: object{}}
		err := s.detail(ctx, o, []string{"ClientIdList", "Tags", "ThumbprintList", "Url"}, func(ctx context.Context) error {
			got, err := api.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: p.Arn})
			if err == nil {
				o.Config["ClientIdList"], o.Config["ThumbprintList"] = got.ClientIDList, got.ThumbprintList
				o.Config["Tags"] = got.Tags
				if url := aws.ToString(got.Url); url != "" { // declared with the scheme, answered without
					o.Config["Url"] = "https://" + strings.TrimPrefix(url, "https://")
				}
				o.Facts["CreateDate"] = got.CreateDate
			}
			return goneIf(err, noSuchEntity)
		})
		if err != nil {
			return err
		}
		return s.emit(ctx, out, o)
	})
}

// collectServerCertificates emits the certificates that were uploaded to IAM. The certificate itself is write-only in
// CloudFormation; of the call for each, only the tags are kept.
func collectServerCertificates(ctx context.Context, s *session, out inventory.Emitter) error {
	api := iamClient(s)
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := api.ListServerCertificates(ctx, &iam.ListServerCertificatesInput{
			MaxItems: aws.Int32(iamPageSize), Marker: token,
		})
		if err != nil {
			return nil, err
		}
		each := func(ctx context.Context, c types.ServerCertificateMetadata) error {
			o := &audit.Observation{
				Type: "iam_server_certificate", ExternalID: aws.ToString(c.Arn), Name: aws.ToString(c.ServerCertificateName),
				Config: object{"ServerCertificateName": c.ServerCertificateName, "Path": c.Path},
				Facts: object{
					"Expiration": c.Expiration, "UploadDate": c.UploadDate, "ServerCertificateId": c.ServerCertificateId,
				},
			}
			err := s.detail(ctx, o, []string{"Tags"}, func(ctx context.Context) error {
				got, err := api.GetServerCertificate(ctx, &iam.GetServerCertificateInput{
					ServerCertificateName: c.ServerCertificateName,
				})
				if err == nil && got.ServerCertificate != nil {
					o.Config["Tags"] = got.ServerCertificate.Tags
				}
				return goneIf(err, noSuchEntity)
			})
			if err != nil {
				return err
			}
			return s.emit(ctx, out, o)
		}
		return iamNext(page.IsTruncated, page.Marker), forEach(ctx, s, page.ServerCertificateMetadataList, each)
	})
}
