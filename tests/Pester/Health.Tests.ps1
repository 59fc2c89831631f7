BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $testHome = Enter-TestHome
    $readyPort = Get-FreePort
    $loadingPort = Get-FreePort
    $htmlPort = Get-FreePort
    $strangePort = Get-FreePort
    $downPort = Get-FreePort
    $ports = "$readyPort,$loadingPort,$htmlPort,$strangePort,$downPort"
    $servers = @(
        Start-StrangeServer $readyPort '--alias', 'known,other-name'
        Start-StrangeServer $loadingPort '--load-time', '300'
        Start-StrangeServer $htmlPort '--html'
        Start-StrangeServer $strangePort '--alias', 'unknown'
    )

    Add-IHHost local -CheckCommand 'exit 0'
    Add-IHHost off
    Disable-IHHost off
    Add-IHModel known -Source /models/known.gguf -StartCommand 'srv' -Port $readyPort
    Add-IHModel away -Source /models/away.gguf -StartCommand 'srv' -Port $downPort
}

AfterAll {
    foreach ($server in $servers) {
        $server.Kill()
        $server.WaitForExit()
    }

    Exit-TestHome
}

Describe 'Test-IHHealth' {
    It 'gives a row for the host, each model and each server found' {
        $rows = Test-IHHealth -ScanPorts $ports
        $rows | Should -BeOfType IdleHands.HealthResult
        ($rows | Where-Object Section -EQ Host).Status | Should -Be 'ready'
        ($rows | Where-Object Section -EQ Host).HostId | Should -Be 'local'
        ($rows | Where-Object { $_.Section -eq 'Model' -and $_.Id -eq 'known' }).Status | Should -Be 'ready'
        ($rows | Where-Object { $_.Section -eq 'Model' -and $_.Id -eq 'away' }).Status | Should -Be 'down'
        ($rows | Where-Object Section -EQ Discovered).Port | Sort-Object | Should -Be (@($readyPort, $loadingPort, $htmlPort, $strangePort) | Sort-Object)
    }

    It 'gives exactly the loading rows to Where-Object Status -eq loading' {
        $loading = @(Test-IHHealth -ScanPorts $ports | Where-Object Status -EQ loading)
        $loading.Count | Should -Be 1
        $loading[0].Port | Should -Be $loadingPort
        $loading[0].HttpStatus | Should -Be 503
    }

    It 'does not take a web page for a model server' {
        (Test-IHHealth -ScanPorts $htmlPort | Where-Object Section -EQ Discovered).Status | Should -Be 'unknown'
    }

    It 'tells which ids no configured model names' {
        $row = Test-IHHealth -ScanPorts $strangePort | Where-Object Section -EQ Discovered
        $row.ModelIds | Should -Be 'unknown'
        $row.Unconfigured | Should -Be 'unknown'
        $row.Latency | Should -BeOfType timespan
    }

    It 'takes the further names of a configured model for that model' {
        $row = Test-IHHealth -ScanPorts $readyPort | Where-Object Section -EQ Discovered
        $row.ModelIds | Sort-Object | Should -Be 'known', 'other-name'
        $row.Id | Should -Be 'known'
        $row.Unconfigured | Should -BeNullOrEmpty
    }

    It 'shows ports where nobody listens with -IncludeDown only' {
        Test-IHHealth -ScanPorts $downPort | Where-Object Section -EQ Discovered | Should -BeNullOrEmpty
        (Test-IHHealth -ScanPorts $downPort -IncludeDown | Where-Object Section -EQ Discovered).Status | Should -Be 'down'
    }

    It 'takes ports as numbers, ranges and lists' {
        (Test-IHHealth -ScanPorts $readyPort, $loadingPort | Where-Object Section -EQ Discovered).Count | Should -Be 2
        @(Test-IHHealth -ScanPorts "$readyPort-$readyPort" | Where-Object Section -EQ Discovered).Count | Should -Be 1
    }

    It 'refuses <_> as ports and names it' -ForEach '80a', '9000-8000', '0', '70000' {
        { Test-IHHealth -ScanPorts $_ } | Should -Throw -ExpectedMessage "*$_*"
    }

    It 'groups, sorts, formats and exports' {
        $rows = Test-IHHealth -ScanPorts $ports
        ($rows | Group-Object Section).Name | Sort-Object | Should -Be 'Discovered', 'Host', 'Model'
        $rows | Sort-Object Latency | Should -Not -BeNullOrEmpty
        $rows | Format-Table | Out-String -Width 200 | Should -Match 'loading'
        $rows | ConvertTo-Json -Depth 4 | ConvertFrom-Json | Where-Object status -EQ loading | Should -Not -BeNullOrEmpty
        $csv = Join-Path $testHome health.csv
        $rows | Export-Csv -LiteralPath $csv
        (Import-Csv -LiteralPath $csv | Where-Object Port -EQ $strangePort | Where-Object Section -EQ Discovered).Unconfigured | Should -Be 'unknown'
    }

    It 'streams: the first row ends the pipeline' {
        @(Test-IHHealth -ScanPorts $ports | Select-Object -First 1).Count | Should -Be 1
    }

    It 'runs in a thread job' {
        $job = Start-ThreadJob { Import-Module IdleHands; Test-IHHealth -ScanPorts $using:ports }
        $rows = $job | Wait-Job -Timeout 60 | Receive-Job
        $job | Remove-Job -Force
        ($rows | Where-Object Port -EQ $loadingPort).Status | Should -Be 'loading'
    }

    It 'looks at one model or host alone' {
        (Test-IHHealth -Id known | Where-Object Section -EQ Model).Id | Should -Be 'known'
        { Test-IHHealth -Id nobody -ErrorAction Stop } | Should -Throw -ErrorId 'ModelNotFound,*'
        { Test-IHHealth -HostId nobody -ErrorAction Stop } | Should -Throw -ErrorId 'HostNotFound,*'
    }
}
