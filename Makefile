# `make help` lists the targets. Everything but `make run` and `make build` is for working on InfraAudit: see
# CONTRIBUTING.md.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# Where pinned test tools are installed; tests find them by the same variable.
export INFRAUDIT_TOOLS ?= $(CURDIR)/.tools
LINT := $(INFRAUDIT_TOOLS)/golangci-lint/golangci-lint

# Packages whose tests run under the race detector: those with concurrency of their own. It costs ten times the memory
# and, for packages that link a cloud SDK, minutes of compiling; so not everything does.
RACE := internal/(blob|job|notify|queue|report|secret|store|table/bolttable|task)(/|$$)

# Without this, gRPC (below gocloud.dev) links its trace pages, whose templates call methods by name: the linker would then
# have to keep every method of every SDK client, and the program would be three times as large.
TAGS := grpcnotrace

# No test may reach an account of whoever runs it.
TEST_ENV := AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
TEST_FLAGS ?= -timeout 20m

# make bench BENCH=Sync PKG=./internal/store/... COUNT=6
BENCH ?= .
PKG ?= ./...
COUNT ?= 1

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | awk -F '\t' '{ printf "  %-10s %s\n", $$1, $$2 }'

.PHONY: run
run: build ## build, and serve the demo account on this machine (needs Go alone)
	@exec bin/infraudit serve --demo $(ARGS)

# make local PORT=8080
PORT ?= 8080

.PHONY: local
local: tools-run build ## what template.yaml deploys, on this machine: the functions under Lambda's emulator (docs/operations.md)
	@mkdir -p dist
	go build -tags $(TAGS) -o dist/local ./tools/local
	@exec dist/local -port $(PORT) $(ARGS)

.PHONY: build
build: ## build bin/infraudit
	@mkdir -p bin
	go build -tags $(TAGS) -ldflags '-s -w' -o bin/infraudit ./cmd/infraudit

.PHONY: check
check: lint unit ## what to run before a commit: lint, and the tests that need no external program

.PHONY: unit
unit: ## the tests that need no external program
	$(TEST_ENV) go test $(TEST_FLAGS) ./...

.PHONY: test
test: tools lint ## everything: install the tools, lint, all tests, with integration ones, each once
	@packages=$$(go list -tags integration ./...) || exit; \
	raced=$$(printf '%s\n' "$$packages" | grep -E '$(RACE)' || true); \
	others=$$(printf '%s\n' "$$packages" | grep -vE '$(RACE)' || true); \
	status=0; \
	$(TEST_ENV) go test -tags integration -race $(TEST_FLAGS) $$raced || status=1; \
	$(TEST_ENV) go test -tags integration $(TEST_FLAGS) $$others || status=1; \
	exit $$status

.PHONY: bench
bench: ## run the benchmarks, with allocations; the output is also in dist/bench.txt, for benchstat
	@mkdir -p dist
	@status=0; $(TEST_ENV) go test -run '^$$' -bench '$(BENCH)' -benchmem -count $(COUNT) -timeout 60m $(PKG) \
		>dist/bench.txt || status=$$?; \
	grep -v 'no test files' dist/bench.txt || true; exit $$status

.PHONY: benchstat
benchstat: ## compare two outputs of make bench: make benchstat OLD=a.txt NEW=dist/bench.txt
	@cd tools/benchstat && go tool benchstat '$(abspath $(OLD))' '$(abspath $(NEW))'

.PHONY: bench-scan
bench-scan: build ## measure a scan beside a bare SDK program and Prowler, and compare verdicts (installs both; not in CI)
	@tools/moto/install.sh
	@tools/prowler/install.sh
	@$(TEST_ENV) go run ./tools/benchscan $(ARGS)

.PHONY: lint
lint: tools-lint ## golangci-lint: vet, staticcheck, the format (gofumpt), the layering (depguard)
	$(LINT) run ./...

.PHONY: fmt
fmt: tools-lint ## format the code as the linter wants it
	$(LINT) fmt ./...

.PHONY: generate
generate: ## make generated files again
	go generate ./...

.PHONY: tools
tools: tools-lint tools-run ## install the pinned test tools into .tools (at once when they are there)

.PHONY: tools-run
tools-run:
	@tools/dynamodb-local/install.sh
	@tools/moto/install.sh
	@tools/sam/install.sh

.PHONY: tools-lint
tools-lint:
	@tools/golangci-lint/install.sh

.PHONY: size
size: ## the size of each program, built as it is released: functions for Lambda, on arm64
	@mkdir -p dist/size
	@for main in cmd/infraudit $(patsubst %/main.go,%,$(wildcard functions/*/main.go)); do \
		case $$main in functions/*) platform='GOOS=linux GOARCH=arm64' ;; *) platform='' ;; esac; \
		env CGO_ENABLED=0 $$platform go build -trimpath -tags lambda.norpc,$(TAGS) -ldflags '-s -w' \
			-o "dist/size/$${main##*/}" "./$$main" || exit; \
		printf '%-28s %5.1f MB, %5.1f MB compressed\n' "$$main" \
			"$$(wc -c <"dist/size/$${main##*/}" | awk '{ print $$1 / 1e6 }')" \
			"$$(gzip -c "dist/size/$${main##*/}" | wc -c | awk '{ print $$1 / 1e6 }')"; \
	done

# `sam build` calls these, one for each function of template.yaml, and says where the program goes.
FUNCTION = CGO_ENABLED=0 GOOS=linux GOARCH=arm64 go build -trimpath -tags lambda.norpc,$(TAGS) -ldflags '-s -w' \
	-o "$(ARTIFACTS_DIR)/bootstrap"

.PHONY: build-ApiFunction build-DispatchFunction build-ResourceSyncFunction build-DriftDetectionFunction \
	build-ComplianceCheckFunction build-AttributionFunction build-ExportFunction build-NotifyFunction \
	build-MaintenanceFunction
build-ApiFunction:
	$(FUNCTION) ./functions/api

build-DispatchFunction:
	$(FUNCTION) ./functions/dispatch

build-ResourceSyncFunction:
	$(FUNCTION) ./functions/resource-sync

build-DriftDetectionFunction:
	$(FUNCTION) ./functions/drift-detection

build-ComplianceCheckFunction:
	$(FUNCTION) ./functions/compliance-check

build-AttributionFunction:
	$(FUNCTION) ./functions/attribution

build-ExportFunction:
	$(FUNCTION) ./functions/export

build-NotifyFunction:
	$(FUNCTION) ./functions/notify

build-MaintenanceFunction:
	$(FUNCTION) ./functions/maintenance

.PHONY: clean
clean: ## remove what was built; .tools stays
	rm -rf bin dist .aws-sam
