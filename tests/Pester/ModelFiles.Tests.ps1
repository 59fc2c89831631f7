BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $testHome = Enter-TestHome
    $models = New-Item -ItemType Directory (Join-Path $testHome 'my models')

    # A GGUF file: header, metadata, one F32 tensor of 64 elements.
    function New-GgufFile([string] $Name, [string] $Architecture = 'qwen2', [int] $Shard = -1, [int] $Count = 0) {
        $stream = [IO.MemoryStream]::new()
        $writer = [IO.BinaryWriter]::new($stream)
        $text = { param($value) $bytes = [Text.Encoding]::UTF8.GetBytes($value); $writer.Write([uint64]$bytes.Length); $writer.Write([byte[]]$bytes) }
        $number = { param($key, $value) & $text $key; $writer.Write([uint32]4); $writer.Write([uint32]$value) }
        $writer.Write([byte[]](0x47, 0x47, 0x55, 0x46))
        $writer.Write([uint32]3)
        $writer.Write([uint64]1)
        $writer.Write([uint64]($Count ? 9 : 7))
        & $text 'general.architecture'; $writer.Write([uint32]8); & $text $Architecture
        & $number 'general.file_type' 0
        & $number "$Architecture.block_count" 2
        & $number "$Architecture.embedding_length" 64
        & $number "$Architecture.context_length" 4096
        & $number "$Architecture.attention.head_count" 2
        & $number "$Architecture.attention.head_count_kv" 1
        if ($Count) { & $number 'split.no' $Shard; & $number 'split.count' $Count }
        & $text "tensor.$Shard"; $writer.Write([uint32]1); $writer.Write([uint64]64); $writer.Write([uint32]0); $writer.Write([uint64]0)
        $writer.Flush()
        while ($stream.Length % 32) { $writer.Write([byte]0); $writer.Flush() }
        $writer.Write([byte[]]::new(256))
        $writer.Flush()
        [IO.File]::WriteAllBytes((Join-Path $models $Name), $stream.ToArray())
    }

    New-GgufFile 'one-F32.gguf'
    New-GgufFile 'big-00001-of-00002.gguf' -Shard 0 -Count 2
    New-GgufFile 'big-00002-of-00002.gguf' -Shard 1 -Count 2
    New-GgufFile 'mmproj-one-F16.gguf' clip
}

AfterAll { Exit-TestHome }

Describe 'Get-IHModelFile' {
    It 'lists the models of a directory, shards as one and sidecars by name' {
        $files = Get-IHModelFile $models
        $files | Should -BeOfType IdleHands.GgufFile
        $files.FileName | Should -Be 'big.gguf', 'one-F32.gguf'
        $files[0].Shards.Count | Should -Be 2
        Split-Path -Leaf $files[1].Sidecars[0] | Should -Be 'mmproj-one-F16.gguf'
    }

    It 'tells what the file says' {
        $file = Get-IHModelFile (Join-Path $models one*)
        $file.Architecture | Should -Be 'qwen2'
        $file.Parameters | Should -Be 64
        $file.Quantization | Should -Be 'F32'
        $file.BitsPerWeight | Should -Be 32
        $file.ContextLength | Should -Be 4096
        $file.HasChatTemplate | Should -BeFalse
        ($file.Memory.Parts | Where-Object Name -EQ 'KV cache').LowBytes | Should -Be (2 * 1 * 64 * 2 * 4096)
    }

    It 'takes files from Get-ChildItem, each model once' {
        (Get-ChildItem $models big* | Get-IHModelFile).FileName | Should -Be 'big.gguf'
    }

    It 'knows the location of the session, and literal paths' {
        Push-Location $models
        try {
            (Get-IHModelFile).Count | Should -Be 2
            (Get-IHModelFile ./one-F32.gguf).FileName | Should -Be 'one-F32.gguf'
            Copy-Item one-F32.gguf 'odd [1].gguf'
            (Get-IHModelFile -LiteralPath './odd [1].gguf').FileName | Should -Be 'odd [1].gguf'
        }
        finally {
            Remove-Item -LiteralPath (Join-Path $models 'odd [1].gguf') -ErrorAction Ignore
            Pop-Location
        }
    }

    It 'gives an error for a file that is not there, and one that is something else' {
        Get-IHModelFile (Join-Path $models none.gguf) -ErrorAction SilentlyContinue -ErrorVariable problems | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'ModelFileNotFound,*'
        $problems[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        Get-IHModelFile $PSCommandPath -ErrorAction SilentlyContinue -ErrorVariable problems | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'NotGguf,*'
    }

    It 'shows in a table and a list, and survives JSON and CSV' {
        Get-IHModelFile $models | Format-Table | Out-String -Width 120 | Should -Match 'one-F32.gguf\s+qwen2'
        Get-IHModelFile $models | Format-List | Out-String -Width 200 | Should -Match 'KV cache'
        (Get-IHModelFile $models | ConvertTo-Json -Depth 4 | ConvertFrom-Json)[1].Memory.Confidence | Should -Be 'high'
        (Get-IHModelFile $models | ConvertTo-Csv | ConvertFrom-Csv)[1].Memory | Should -Match 'GiB'
    }
}
