#!/bin/sh
# Makes the seeds out of the recorded fixtures: each answer as a page, each employee as a record. Needs jq.
set -eu
cd "$(dirname "$0")"
mkdir -p corpus/map_employee corpus/read_page corpus/both_paths
first=../../tests/fixtures/acme/exchanges/0003-get-v1-company-employees.json
for company in acme nordwind; do
    for file in ../../tests/fixtures/$company/exchanges/*.json; do
        name=$company-$(basename "$file" .json)
        # The first byte says where the page starts.
        { printf '0'; jq -c '.response.json' "$file"; } > "corpus/read_page/$name"
        # Two layouts, one after the other: a page of acme before each page of either company.
        {
            jq -c '.response.json' "$first"
            printf '\f'
            jq -c '.response.json' "$file"
        } | sed -E 's/dynamic_[0-9]+/dynamic_3398102/g' > "corpus/both_paths/$name"
        # The target knows the filter attribute by one key. Every seventh of a large company says as much as all of them.
        sed -E 's/dynamic_[0-9]+/dynamic_3398102/' "$file" |
            jq -c '.response.json.data | arrays | .[] | select(.type == "Employee")' |
            awk -v name="corpus/map_employee/$name" 'NR <= 12 || NR % 7 == 0 { print > (name "-" NR) }'
    done
done
