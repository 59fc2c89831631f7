# What every test file needs: the staged module by its name, and a configuration and state of its own.

$repositoryRoot = Split-Path (Split-Path $PSScriptRoot)

# Gives each test file an empty configuration, and imports the module from output/ as a user would from his modules.
function Enter-TestHome {
    $script:environmentBefore = @{}
    foreach ($name in 'IDLEHANDS_CONFIG_DIR', 'IDLEHANDS_STATE_DIR', 'PSModulePath') {
        $script:environmentBefore[$name] = [Environment]::GetEnvironmentVariable($name)
    }

    $script:testHome = Join-Path ([IO.Path]::GetTempPath()) "idlehands-pester-$([guid]::NewGuid())"
    $null = New-Item -ItemType Directory -Path $script:testHome
    $env:IDLEHANDS_CONFIG_DIR = Join-Path $script:testHome config
    $env:IDLEHANDS_STATE_DIR = Join-Path $script:testHome state
    $output = Join-Path $repositoryRoot output
    if (($env:PSModulePath -split [IO.Path]::PathSeparator) -notcontains $output) {
        $env:PSModulePath = $output + [IO.Path]::PathSeparator + $env:PSModulePath
    }

    Import-Module IdleHands -ErrorAction Stop
    $script:testHome
}

function Exit-TestHome {
    foreach ($name in $script:environmentBefore.Keys) {
        [Environment]::SetEnvironmentVariable($name, $script:environmentBefore[$name])
    }

    Remove-Item -LiteralPath $script:testHome -Recurse -Force -ErrorAction Ignore
}

# Starts each test from nothing.
function Clear-Configuration {
    Remove-Item -Path $env:IDLEHANDS_CONFIG_DIR -Recurse -Force -ErrorAction Ignore
}

function Get-ConfigurationPath {
    Join-Path $env:IDLEHANDS_CONFIG_DIR runtimes.json
}

function Get-ConfigurationText {
    $path = Get-ConfigurationPath
    if (Test-Path -LiteralPath $path) { [IO.File]::ReadAllText($path) } else { '' }
}

function Get-FreePort {
    $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
    $listener.Start()
    try { $listener.LocalEndpoint.Port } finally { $listener.Stop() }
}

# The sample server, as the build leaves it.
function Get-SampleServer {
    $name = $IsWindows ? 'sample-server.exe' : 'sample-server'
    $found = Get-ChildItem -Path (Join-Path $repositoryRoot samples SampleServer bin) -Filter $name -Recurse -File -ErrorAction Ignore |
        Sort-Object LastWriteTime -Descending | Select-Object -First 1
    if (-not $found) { throw 'The sample server is not built: dotnet build samples/SampleServer' }
    $found.FullName
}

# A model without weights: a whole GGUF header that says it has no tensors and no metadata.
function New-SampleModel([string] $Name = 'tiny.gguf') {
    $path = Join-Path $script:testHome $Name
    [IO.File]::WriteAllBytes($path, [byte[]](@(0x47, 0x47, 0x55, 0x46, 3, 0, 0, 0) + @(0) * 16))
    $path
}

# A start command for the shell that a local host has by default.
function Get-StartCommand([string] $Option = '') {
    $call = $IsWindows ? '& ' : ''
    "$call'$(Get-SampleServer)' -m {source} --port {port} --alias {model_id} --lifetime 300 $Option".TrimEnd()
}

# Starts a server that IdleHands knows nothing of, and waits until it listens.
function Start-StrangeServer([int] $Port, [string[]] $Option = @()) {
    $arguments = @('-m', (New-SampleModel 'strange.gguf'), '--port', $Port, '--lifetime', '300') + $Option
    $process = Start-Process -FilePath (Get-SampleServer) -ArgumentList $arguments -PassThru `
        -RedirectStandardOutput (Join-Path $script:testHome "$Port.out") -RedirectStandardError (Join-Path $script:testHome "$Port.err")
    $deadline = [DateTime]::UtcNow.AddSeconds(20)
    while ([DateTime]::UtcNow -lt $deadline) {
        $client = [Net.Sockets.TcpClient]::new()
        try { $client.Connect('127.0.0.1', $Port); return $process }
        catch [Net.Sockets.SocketException] { Start-Sleep -Milliseconds 50 }
        finally { $client.Dispose() }
    }

    $process.Kill()
    throw "The sample server did not listen on port $Port in 20 s."
}
